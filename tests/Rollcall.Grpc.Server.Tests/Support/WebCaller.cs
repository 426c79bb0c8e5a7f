using System.Net;
using System.Text;
using Google.Protobuf;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Sends HTTP requests as a browser would: any version, any method, no trailers.</summary>
internal sealed class WebCaller(Uri address, Version? version = null) : IDisposable
{
    public const string Binary = "application/grpc-web+proto";
    public const string Text = "application/grpc-web-text+proto";

    private readonly HttpClient _http = new(new SocketsHttpHandler()) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };

    public static byte[] ToText(byte[] bytes) => Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes));

    /// <summary>A request message as a body of the type has it.</summary>
    public static byte[] Encode(IMessage request, string type) => type == Text ? ToText(RawCaller.Frame(request)) : RawCaller.Frame(request);

    /// <summary>Makes a call with one request message.</summary>
    public Task<WebAnswer> CallAsync(string path, IMessage request, string type = Binary, params (string Name, string Value)[] headers) =>
        CallAsync(path, Encode(request, type), type, headers);

    public async Task<WebAnswer> CallAsync(string path, byte[] body, string type, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(HttpMethod.Post, path, new ByteArrayContent(body), type, headers);
        return await WebAnswer.ReadAsync(response);
    }

    /// <summary>Returns when the response headers are there.</summary>
    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, string? type, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, content, type, CancellationToken.None, headers);

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        string? type,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path)
        {
            Version = version ?? HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        if (type is not null)
        {
            content?.Headers.TryAddWithoutValidation("content-type", type);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).WithinAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose() => _http.Dispose();
}
