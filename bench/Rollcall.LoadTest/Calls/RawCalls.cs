using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Google.Protobuf;
using Rollcall.LoadTest.Soak;

namespace Rollcall.LoadTest.Calls;

/// <summary>
/// The baseline: what a call costs when nothing stands between Kestrel and the HTTP stack but the five-byte prefix, protobuf and the trailers.
/// No metadata, no error handling: not a gRPC library, but the floor under one.
/// </summary>
/// <remarks>
/// By <see cref="HttpClient"/> with its defaults, as such calls are written by hand: its timeout of 100 seconds is what they have of a deadline. By
/// <see cref="HttpMessageInvoker"/> there is nothing that could ever end a call. The handler is the same in both.
/// </remarks>
internal sealed class RawCalls : IEchoCalls
{
    private static readonly MediaTypeHeaderValue s_grpc = new("application/grpc");
    private readonly Func<HttpMessageInvoker> _createSender;
    private readonly string _address;
    private readonly Uri _unary;
    private readonly Uri _serverStream;
    private readonly Uri _duplex;

    private HttpMessageInvoker _sender;
    private HttpClient? _client;

    private RawCalls(Func<HttpMessageInvoker> createSender, string address)
    {
        _createSender = createSender;
        _sender = createSender();
        _client = _sender as HttpClient;
        _address = address;
        _unary = new Uri(address + RawEndpoint.UnaryPath);
        _serverStream = new Uri(address + RawEndpoint.ServerStreamPath);
        _duplex = new Uri(address + RawEndpoint.DuplexPath);
    }

    public static RawCalls ByClient(string address) => new(static () => new HttpClient(CreateHandler()), address);

    public static RawCalls ByInvoker(string address) => new(static () => new HttpMessageInvoker(CreateHandler()), address);

    public async Task<Payload> UnaryAsync()
    {
        using var request = CreateRequest(_unary, new ByteArrayContent(RawFraming.ToArray(Messages.Payload)));
        using var response = await SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();
        CheckStatus(response);
        return Payload.Parser.ParseFrom(body.AsSpan(RawFraming.PrefixLength));
    }

    public async Task ServerStreamAsync(int messages)
    {
        var ask = RawFraming.ToArray(new StreamRequest { Count = messages, Size = Messages.Size });
        using var request = CreateRequest(_serverStream, new ByteArrayContent(ask));
        using var response = await SendAsync(request);
        var reader = new RawReader(await response.Content.ReadAsStreamAsync());
        var count = 0;
        while (await reader.ReadAsync() is { } message)
        {
            Messages.Check(message);
            count++;
        }

        CheckStatus(response);
        Messages.CheckCount(count, messages);
    }

    public async Task PingPongAsync(int messages)
    {
        using var content = new RawPushContent();
        using var request = CreateRequest(_duplex, content);
        var sending = SendAsync(request);
        var body = await content.Body;
        RawReader? reader = null;
        for (var i = 0; i < messages; i++)
        {
            await body.WriteAsync(RawFraming.ToArray(Messages.Payload));
            await body.FlushAsync();
            reader ??= new RawReader(await (await sending).Content.ReadAsStreamAsync());
            Messages.Check(await reader.ReadAsync() ?? throw new InvalidOperationException("The raw call ended early."));
        }

        content.Complete();
        Messages.CheckCount(await reader!.ReadAsync() is null ? messages : messages + 1, messages);
        using var response = await sending;
        CheckStatus(response);
    }

    /// <summary>What the server process has allocated since its start, in bytes.</summary>
    public async Task<long> ReadServerAllocatedAsync() => long.Parse(await GetAsync(CallServer.AllocatedPath), CultureInfo.InvariantCulture);

    /// <summary>What the server process holds.</summary>
    public async Task<Vitals> ReadVitalsAsync() => JsonSerializer.Deserialize<Vitals>(await GetAsync(CallServer.VitalsPath))!;

    public void Reconnect()
    {
        _sender.Dispose();
        _sender = _createSender();
        _client = _sender as HttpClient;
    }

    public void Dispose() => _sender.Dispose();

    private static SocketsHttpHandler CreateHandler() => new() { EnableMultipleHttp2Connections = true, UseProxy = false, UseCookies = false };

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _client is null
        ? _sender.SendAsync(request, CancellationToken.None)
        : _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

    private async Task<string> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address + path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private static HttpRequestMessage CreateRequest(Uri uri, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType = s_grpc;
        request.Headers.TryAddWithoutValidation("te", "trailers");
        return request;
    }

    private static void CheckStatus(HttpResponseMessage response)
    {
        if (!response.TrailingHeaders.NonValidated.TryGetValues("grpc-status", out var status) || status.ToString() != "0")
        {
            throw new InvalidOperationException("The raw call failed.");
        }
    }
}
