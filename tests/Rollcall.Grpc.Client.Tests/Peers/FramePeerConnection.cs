using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>One connection of a <see cref="FramePeer"/>: sends frames.</summary>
internal sealed class FramePeerConnection(TcpClient client, NetworkStream stream, CancellationToken end) : IDisposable
{
    private const byte EndStream = 0x1;
    private const byte EndHeaders = 0x4;
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>RST_STREAM frames of the client: stream and error code.</summary>
    public Channel<(int Stream, uint ErrorCode)> Resets { get; } = System.Threading.Channels.Channel.CreateUnbounded<(int, uint)>();

    public void Dispose() => _turn.Dispose();

    public void OnReset(int id, uint errorCode) => Resets.Writer.TryWrite((id, errorCode));

    public async Task SendAsync(FrameType type, byte flags, int id, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        frame[1] = (byte)(payload.Length >> 8);
        frame[2] = (byte)payload.Length;
        frame[3] = (byte)type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        await _turn.WaitAsync(end);
        try
        {
            await stream.WriteAsync(frame, end);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Headers, as literals that nothing remembers (RFC 7541 6.2.2).</summary>
    public Task HeadersAsync(int id, bool endStream, params (string Name, string Value)[] headers)
    {
        var block = new List<byte>();
        foreach (var (name, value) in headers)
        {
            block.Add(0);
            block.Add((byte)name.Length);
            block.AddRange(Encoding.ASCII.GetBytes(name));
            block.Add((byte)value.Length);
            block.AddRange(Encoding.Latin1.GetBytes(value));
        }

        return SendAsync(FrameType.Headers, (byte)(EndHeaders | (endStream ? EndStream : 0)), id, [.. block]);
    }

    public Task ResponseHeadersAsync(int id) => HeadersAsync(id, false, (":status", "200"), ("content-type", "application/grpc"));

    public Task MessageAsync(int id, string text) => SendAsync(FrameType.Data, 0, id, TextPeer.Frame(Encoding.UTF8.GetBytes(text)));

    public Task TrailersAsync(int id, int status) =>
        HeadersAsync(id, true, ("grpc-status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>A whole answer.</summary>
    public async Task AnswerAsync(int id, string text)
    {
        await ResponseHeadersAsync(id);
        await MessageAsync(id, text);
        await TrailersAsync(id, 0);
    }

    public Task ResetAsync(int id, uint errorCode)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, errorCode);
        return SendAsync(FrameType.RstStream, 0, id, payload);
    }

    public Task GoAwayAsync(int lastStream, uint errorCode)
    {
        var payload = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(payload, lastStream);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(4), errorCode);
        return SendAsync(FrameType.GoAway, 0, 0, payload);
    }

    /// <summary>Closes the connection as a killed process does.</summary>
    public void Abort()
    {
        client.Client.LingerState = new LingerOption(true, 0);
        client.Close();
    }
}
