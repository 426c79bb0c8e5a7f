using System.Buffers.Binary;
using System.Net;
using System.Text;
using Google.Protobuf;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A whole gRPC-Web answer, taken apart.</summary>
internal sealed record WebAnswer(HttpStatusCode HttpStatus, string? ContentType, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public const byte TrailersFlag = 0x80;

    public static async Task<WebAnswer> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsByteArrayAsync().WithinAsync(TimeSpan.FromSeconds(30));
        var type = response.Content.Headers.ContentType?.ToString();
        var headers = response.Headers.ToDictionary(header => header.Key, header => string.Join('|', header.Value), StringComparer.OrdinalIgnoreCase);
        return new WebAnswer(response.StatusCode, type, headers, type?.Contains("-text", StringComparison.Ordinal) == true ? Decode(body) : body);
    }

    /// <summary>Many base64 texts in a row, each padded.</summary>
    public static byte[] Decode(byte[] text)
    {
        using var plain = new MemoryStream();
        for (var start = 0; start < text.Length;)
        {
            // To the end of the quad in which padding ends this text.
            var padding = Array.IndexOf(text, (byte)'=', start);
            var end = padding < 0 ? text.Length : padding + 4 - ((padding - start) % 4);
            plain.Write(Convert.FromBase64String(Encoding.ASCII.GetString(text, start, end - start)));
            start = end;
        }

        return plain.ToArray();
    }

    /// <summary>Flag and payload of each frame.</summary>
    public List<(byte Flag, byte[] Payload)> Frames()
    {
        List<(byte, byte[])> frames = [];
        var rest = Body.AsSpan();
        while (!rest.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest[1..]);
            frames.Add((rest[0], rest.Slice(5, length).ToArray()));
            rest = rest[(5 + length)..];
        }

        return frames;
    }

    public List<T> Messages<T>(MessageParser<T> parser)
        where T : IMessage<T> =>
        [.. Frames().SkipLast(1).Select(frame =>
        {
            Assert.Equal(0, frame.Flag);
            return parser.ParseFrom(frame.Payload);
        })];

    /// <summary>What the last frame says.</summary>
    public Dictionary<string, string> Trailers()
    {
        var (flag, payload) = Frames()[^1];
        Assert.Equal(TrailersFlag, flag);
        var block = Encoding.UTF8.GetString(payload);
        Assert.EndsWith("\r\n", block, StringComparison.Ordinal);
        return block[..^2].Split("\r\n").Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }
}
