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

    /// <summary>Reads a prefix from the first five bytes of a span. Nothing is checked.</summary>
    /// <param name="source">At least <see cref="PrefixLength"/> bytes.</param>
    /// <param name="flag">The compressed flag: 0 or 1, anything else breaks the protocol.</param>
    /// <param name="length">Length of the payload, up to 4 GB.</param>
    public static void ReadPrefix(ReadOnlySpan<byte> source, out byte flag, out long length)
    {
        length = BinaryPrimitives.ReadUInt32BigEndian(source[1..]);
        flag = source[0];
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

        ReadPrefix(prefix, out var flag, out var length);
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
