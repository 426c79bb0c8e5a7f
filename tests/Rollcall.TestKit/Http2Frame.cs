using System.Buffers.Binary;

namespace Rollcall.TestKit;

/// <summary>One HTTP/2 frame, for peers that send what no library would.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Flags">Its flags.</param>
/// <param name="StreamId">0 for the connection.</param>
/// <param name="Payload">What follows the nine bytes of its head.</param>
public sealed record Http2Frame(FrameType Type, Http2Flags Flags, int StreamId, byte[] Payload)
{
    private const int HeadLength = 9;

    /// <summary>Whether it ends its side of the stream.</summary>
    public bool EndsStream => Type is FrameType.Data or FrameType.Headers && Flags.HasFlag(Http2Flags.EndStream);

    /// <summary>The first four bytes of the payload: the error code of RST_STREAM, the last stream of GOAWAY.</summary>
    public uint FirstNumber => BinaryPrimitives.ReadUInt32BigEndian(Payload);

    /// <summary>RST_STREAM.</summary>
    public static Http2Frame Reset(int streamId, uint errorCode)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, errorCode);
        return new Http2Frame(FrameType.RstStream, Http2Flags.None, streamId, payload);
    }

    /// <summary>GOAWAY.</summary>
    public static Http2Frame GoAway(int lastStreamId, uint errorCode)
    {
        var payload = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(payload, lastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(4), errorCode);
        return new Http2Frame(FrameType.GoAway, Http2Flags.None, 0, payload);
    }

    /// <summary>The next frame.</summary>
    /// <exception cref="IOException">The connection broke or was closed.</exception>
    public static async Task<Http2Frame> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var head = new byte[HeadLength];
        await stream.ReadExactlyAsync(head, cancellationToken);
        var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await stream.ReadExactlyAsync(payload, cancellationToken);
        var id = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue;
        return new Http2Frame((FrameType)head[3], (Http2Flags)head[4], id, payload);
    }

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[HeadLength + Payload.Length];
        bytes[0] = (byte)(Payload.Length >> 16);
        bytes[1] = (byte)(Payload.Length >> 8);
        bytes[2] = (byte)Payload.Length;
        bytes[3] = (byte)Type;
        bytes[4] = (byte)Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), StreamId);
        Payload.CopyTo(bytes, HeadLength);
        return bytes;
    }
}
