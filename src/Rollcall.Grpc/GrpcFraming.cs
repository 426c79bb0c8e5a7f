using System.Buffers;
using System.Buffers.Binary;

namespace Rollcall.Grpc;

/// <summary>The five bytes in front of each message: a compressed flag and the length, big-endian.</summary>
public static class GrpcFraming
{
    /// <summary>Bytes of the prefix.</summary>
    public const int PrefixLength = 5;

    /// <summary>Writes a prefix to the first five bytes of a span.</summary>
    public static void WritePrefix(Span<byte> destination, int payloadLength, bool compressed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        destination[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(destination[1..], payloadLength);
    }

    /// <summary>
    /// Takes the next frame off the front of a buffer. Call it until it says <see cref="GrpcFrameResult.Incomplete"/>: one read may bring many frames.
    /// The limit is held against the prefix, so that a frame too large is refused before anything of it was collected.
    /// </summary>
    /// <param name="buffer">Bytes received; advanced past the frame when it is whole.</param>
    /// <param name="maxMessageBytes">Largest payload; <see cref="int.MaxValue"/> for no limit.</param>
    /// <param name="frame">The frame, or for <see cref="GrpcFrameResult.TooLarge"/> its announced length.</param>
    public static GrpcFrameResult TryReadFrame(ref ReadOnlySequence<byte> buffer, int maxMessageBytes, out GrpcFrame frame)
    {
        frame = default;
        if (buffer.Length < PrefixLength)
        {
            return GrpcFrameResult.Incomplete;
        }

        Span<byte> copied = stackalloc byte[PrefixLength];
        scoped ReadOnlySpan<byte> prefix = buffer.FirstSpan;
        if (prefix.Length < PrefixLength)
        {
            buffer.Slice(0, PrefixLength).CopyTo(copied);
            prefix = copied;
        }

        var flag = prefix[0];
        long length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        if (flag > 1)
        {
            return GrpcFrameResult.InvalidFlag;
        }

        frame = new GrpcFrame(flag == 1, length, default);
        if (length > maxMessageBytes)
        {
            return GrpcFrameResult.TooLarge;
        }

        if (buffer.Length - PrefixLength < length)
        {
            return GrpcFrameResult.Incomplete;
        }

        frame = new GrpcFrame(flag == 1, length, buffer.Slice(PrefixLength, length));
        buffer = buffer.Slice(PrefixLength + length);
        return GrpcFrameResult.Frame;
    }
}
