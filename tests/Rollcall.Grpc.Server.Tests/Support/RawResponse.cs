using System.Buffers;
using System.Net;
using Google.Protobuf;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A whole answer, taken apart.</summary>
internal sealed record RawResponse(
    HttpStatusCode HttpStatus,
    IReadOnlyDictionary<string, string> Headers,
    IReadOnlyDictionary<string, string> Trailers,
    byte[] Body)
{
    /// <summary>The status, wherever it was sent.</summary>
    public string? GrpcStatus => Trailers.GetValueOrDefault("grpc-status") ?? Headers.GetValueOrDefault("grpc-status");

    public string? GrpcMessage => Trailers.GetValueOrDefault("grpc-message") ?? Headers.GetValueOrDefault("grpc-message");

    /// <summary>True when the status came in the only header block.</summary>
    public bool IsTrailersOnly => Headers.ContainsKey("grpc-status") && Trailers.Count == 0 && Body.Length == 0;

    public static async Task<RawResponse> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsByteArrayAsync().WithinAsync(TimeSpan.FromSeconds(30));
        return new RawResponse(
            response.StatusCode,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join('|', header.Value), StringComparer.OrdinalIgnoreCase),
            response.TrailingHeaders.ToDictionary(header => header.Key, header => string.Join('|', header.Value), StringComparer.OrdinalIgnoreCase),
            body);
    }

    public List<T> Messages<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        var buffer = new ReadOnlySequence<byte>(Body);
        List<T> messages = [];
        while (GrpcFraming.TryReadFrame(ref buffer, int.MaxValue, out var frame) == GrpcFrameResult.Frame)
        {
            Assert.False(frame.Compressed);
            messages.Add(parser.ParseFrom(frame.Payload));
        }

        Assert.True(buffer.IsEmpty);
        return messages;
    }
}
