using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Rollcall.LoadTest.Calls;

/// <summary>
/// The baseline: what a call costs when nothing stands between Kestrel and HttpClient but the five-byte prefix, protobuf and the trailers.
/// No deadline, no metadata, no error handling: not a gRPC library, but the floor under one.
/// </summary>
internal sealed class RawCalls : IDisposable
{
    private static readonly MediaTypeHeaderValue s_grpc = new("application/grpc");
    private readonly HttpMessageInvoker _invoker;
    private readonly Uri _uri;

    public RawCalls(string address)
    {
        _uri = new Uri(address + CallServer.RawPath);
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler { EnableMultipleHttp2Connections = true, UseProxy = false, UseCookies = false });
    }

    public async Task<Payload> UnaryAsync(Payload request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, _uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Frame(request)),
        };
        message.Content.Headers.ContentType = s_grpc;
        message.Headers.TryAddWithoutValidation("te", "trailers");
        using var response = await _invoker.SendAsync(message, CancellationToken.None);
        var body = await response.Content.ReadAsByteArrayAsync();
        if (!response.TrailingHeaders.NonValidated.TryGetValues("grpc-status", out var status) || status.ToString() != "0")
        {
            throw new InvalidOperationException("The raw call failed.");
        }

        return Payload.Parser.ParseFrom(body, 5, body.Length - 5);
    }

    public void Dispose() => _invoker.Dispose();

    private static byte[] Frame(Payload payload)
    {
        var size = payload.CalculateSize();
        var frame = new byte[5 + size];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), size);
        payload.WriteTo(frame.AsSpan(5));
        return frame;
    }
}
