using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Grpc.Net.Compression;

namespace Rollcall.Grpc;

/// <summary>Compresses single messages and unpacks them, within a limit whatever the compression. Thread-safe.</summary>
public static class GrpcCompression
{
    private const int MinCapacity = 256;

    // Header, an empty deflate block and trailer (RFC 1952 2.3).
    private const int MinGzipLength = 20;

    /// <summary>
    /// Compresses the payload of a frame to a new frame with the compressed flag set; an empty payload stays as it is, without the flag.
    /// Both frames are disposed by the caller.
    /// </summary>
    /// <param name="provider">How.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="level">How hard to try. Null: the provider's default.</param>
    public static GrpcFrameBuffer Compress(ICompressionProvider provider, GrpcFrameBuffer frame, CompressionLevel? level = null)
    {
        ArgumentNullException.ThrowIfNull(provider);
        if (frame.Payload.IsEmpty)
        {
            return Empty();
        }

        var output = new FrameStream(frame.Length);
        try
        {
            using (var compressor = provider.CreateCompressionStream(output, level))
            {
                compressor.Write(frame.Payload.Span);
            }

            return output.Complete();
        }
        catch
        {
            output.Abandon();
            throw;
        }
    }

    /// <summary>Decompresses a payload; nothing at all is an empty one. Stops as soon as the limit is passed, so that a small message can't become a large one.</summary>
    /// <param name="provider">How.</param>
    /// <param name="payload">The compressed bytes.</param>
    /// <param name="maxMessageBytes">Largest decompressed payload; <see cref="int.MaxValue"/> for no limit.</param>
    /// <param name="message">An uncompressed frame that the caller disposes; nothing to dispose unless the result is Decompressed.</param>
    public static GrpcDecompressionResult TryDecompress(
        ICompressionProvider provider, in ReadOnlySequence<byte> payload, int maxMessageBytes, out GrpcFrameBuffer message)
    {
        ArgumentNullException.ThrowIfNull(provider);
        if (payload.IsEmpty)
        {
            // The streams of .NET 9 and later write nothing of nothing, and grpc-dotnet sends that as a compressed message.
            message = Empty();
            return GrpcDecompressionResult.Decompressed;
        }

        message = default;
        var array = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(payload.Length * 2, MinCapacity, Math.Max(MinCapacity, Largest(maxMessageBytes))));
        try
        {
            using var input = new PayloadStream(payload);
            using var decompressor = provider.CreateDecompressionStream(input);
            var length = GrpcFraming.PrefixLength;
            while (true)
            {
                if (length == array.Length && !TryGrow(ref array, length, maxMessageBytes))
                {
                    return GrpcDecompressionResult.TooLarge;
                }

                var read = decompressor.Read(array.AsSpan(length));
                if (read == 0)
                {
                    break;
                }

                length += read;
                if (length - GrpcFraming.PrefixLength > maxMessageBytes)
                {
                    return GrpcDecompressionResult.TooLarge;
                }
            }

            if (!IsWhole(provider, payload, input, length - GrpcFraming.PrefixLength))
            {
                return GrpcDecompressionResult.Malformed;
            }

            GrpcFraming.WritePrefix(array, length - GrpcFraming.PrefixLength, compressed: false);
            message = new GrpcFrameBuffer(array, length);
            array = null;
            return GrpcDecompressionResult.Decompressed;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // InvalidDataException from those of .NET; others throw what they like, and it is the bytes all the same.
            return GrpcDecompressionResult.Malformed;
        }
        finally
        {
            if (array is not null)
            {
                ArrayPool<byte>.Shared.Return(array);
            }
        }
    }

    /// <summary>The streams of .NET take what was cut short for a whole message.</summary>
    private static bool IsWhole(ICompressionProvider provider, in ReadOnlySequence<byte> payload, PayloadStream input, int length)
    {
        switch (provider)
        {
            case GzipCompressionProvider:
                // The length at the end tells (RFC 1952 2.3.1, ISIZE). Peers write a message as one member.
                Span<byte> end = stackalloc byte[4];
                if (payload.Length < MinGzipLength)
                {
                    return false;
                }

                payload.Slice(payload.Length - end.Length).CopyTo(end);
                return BinaryPrimitives.ReadUInt32LittleEndian(end) == length;
            case DeflateCompressionProvider:
                // After the checksum (RFC 1950 2.2) nothing more is read; before it, more is asked for.
                return !input.WasReadPastItsEnd;
            default:
                return true;
        }
    }

    private static GrpcFrameBuffer Empty()
    {
        var array = ArrayPool<byte>.Shared.Rent(GrpcFraming.PrefixLength);
        GrpcFraming.WritePrefix(array, 0, compressed: false);
        return new GrpcFrameBuffer(array, GrpcFraming.PrefixLength);
    }

    // One byte more than is allowed, to see that it is too much.
    private static long Largest(int maxMessageBytes) => Math.Min((long)maxMessageBytes + GrpcFraming.PrefixLength + 1, Array.MaxLength);

    private static bool TryGrow(ref byte[] array, int used, int maxMessageBytes)
    {
        if (array.Length >= Largest(maxMessageBytes))
        {
            return false;
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(array.Length * 2L, Largest(maxMessageBytes)));
        array.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(array);
        array = larger;
        return true;
    }
}
