using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Calls a server over HTTP/2 with frames made by hand, so that no client of ours hides what the server does.</summary>
internal sealed class RawCaller(Uri address) : IDisposable
{
    public const string Unary = "/rollcall.test.Echo/Unary";
    public const string ClientStream = "/rollcall.test.Echo/ClientStream";
    public const string ServerStream = "/rollcall.test.Echo/ServerStream";
    public const string Duplex = "/rollcall.test.Echo/Duplex";

    private readonly HttpClient _http = new(new SocketsHttpHandler()) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };

    public static byte[] Frame(params IMessage[] messages) => [.. messages.SelectMany(message => Frame(message.ToByteArray(), flag: 0))];

    public static byte[] Frame(byte[] payload, byte flag)
    {
        var frame = new byte[payload.Length + 5];
        GrpcFraming.WritePrefix(frame, payload.Length, compressed: false);
        frame[0] = flag;
        payload.CopyTo(frame, 5);
        return frame;
    }

    public Task<RawResponse> CallAsync(string path, IMessage request, params (string Name, string Value)[] headers) =>
        CallAsync(path, Frame(request), headers);

    /// <summary>Sends a whole body and collects the whole answer.</summary>
    public async Task<RawResponse> CallAsync(string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var response = await StartAsync(path, new ByteArrayContent(body), CancellationToken.None, headers);
        return await RawResponse.ReadAsync(response);
    }

    /// <summary>Sends a body and returns when the response headers are there.</summary>
    public Task<HttpResponseMessage> StartAsync(
        string path, HttpContent content, CancellationToken cancellationToken, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        foreach (var (name, value) in headers)
        {
            if (name == "content-type")
            {
                content.Headers.Remove(name);
                content.Headers.TryAddWithoutValidation(name, value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).WithinAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose() => _http.Dispose();
}
