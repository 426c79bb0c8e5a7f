using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>One connection of a <see cref="FramePeer"/>: sends frames.</summary>
internal sealed class FramePeerConnection(TcpClient client, Stream stream, CancellationToken end) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>RST_STREAM frames of the client: stream and error code.</summary>
    public Channel<(int Stream, uint ErrorCode)> Resets { get; } = System.Threading.Channels.Channel.CreateUnbounded<(int, uint)>();

    /// <summary>DATA and RST_STREAM frames of the client, in the order in which they came.</summary>
    public ConcurrentQueue<(FrameType Type, int Stream)> Bodies { get; } = [];

    public void Dispose() => _turn.Dispose();

    public void OnData(int id) => Bodies.Enqueue((FrameType.Data, id));

    public void OnReset(int id, uint errorCode)
    {
        Bodies.Enqueue((FrameType.RstStream, id));
        Resets.Writer.TryWrite((id, errorCode));
    }

    public Task SendAsync(FrameType type, Http2Flags flags, int id, byte[] payload) => SendAsync(new Http2Frame(type, flags, id, payload));

    public Task SendAsync(Http2Frame frame) => SendAsync([frame.ToBytes()]);

    /// <summary>Frames, one behind the other.</summary>
    public async Task SendAsync(byte[][] frames)
    {
        await _turn.WaitAsync(end);
        try
        {
            foreach (var frame in frames)
            {
                await stream.WriteAsync(frame, end);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Headers, as literals that nothing remembers.</summary>
    public Task HeadersAsync(int id, bool endStream, params (string Name, string Value)[] headers) => SendAsync(
        FrameType.Headers, Http2Flags.EndHeaders | (endStream ? Http2Flags.EndStream : 0), id, HeaderBlock.Encode(headers));

    /// <summary>A block of any length, in as many frames as it takes; the stream ends with it.</summary>
    public Task HeadersInPiecesAsync(int id, params IEnumerable<(string Name, string Value)> headers) => SendAsync(InPieces(id, headers));

    /// <summary>The frames of that.</summary>
    public static byte[][] InPieces(int id, IEnumerable<(string Name, string Value)> headers)
    {
        var pieces = HeaderBlock.Encode(headers).Chunk(16_000).ToArray();
        return [.. pieces.Select((piece, i) => new Http2Frame(
            i == 0 ? FrameType.Headers : FrameType.Continuation,
            (i == 0 ? Http2Flags.EndStream : Http2Flags.None) | (i == pieces.Length - 1 ? Http2Flags.EndHeaders : Http2Flags.None),
            id,
            piece).ToBytes())];
    }

    public Task ResponseHeadersAsync(int id) => HeadersAsync(id, false, (":status", "200"), ("content-type", "application/grpc"));

    public Task MessageAsync(int id, string text) => DataAsync(id, TextPeer.Frame(Encoding.UTF8.GetBytes(text)));

    /// <summary>Bytes of the body, whatever they are.</summary>
    public Task DataAsync(int id, byte[] bytes) => SendAsync(FrameType.Data, Http2Flags.None, id, bytes);

    public Task TrailersAsync(int id, int status) =>
        HeadersAsync(id, true, ("grpc-status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>A whole answer.</summary>
    public async Task AnswerAsync(int id, string text)
    {
        await ResponseHeadersAsync(id);
        await MessageAsync(id, text);
        await TrailersAsync(id, 0);
    }

    public Task ResetAsync(int id, uint errorCode) => SendAsync(Http2Frame.Reset(id, errorCode));

    public Task GoAwayAsync(int lastStream, uint errorCode) => SendAsync(Http2Frame.GoAway(lastStream, errorCode));

    /// <summary>Closes the connection as a killed process does.</summary>
    public void Abort()
    {
        client.Client.LingerState = new LingerOption(true, 0);
        client.Close();
    }
}
