using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Rollcall.Grpc;

/// <summary>gzip for single messages. The other encoding of <see cref="GrpcProtocol.AcceptedEncodings"/> is none at all.</summary>
public static class GrpcCompression
{
    private const int MinCapacity = 256;

    // Header, an empty deflate block and trailer (RFC 1952 2.3). GZipStream reads nothing at all as an empty message, and writes it so.
    private const int MinGzipLength = 20;

    /// <summary>
    /// Compresses the payload of a frame to a new frame with the compressed flag set; an empty payload stays as it is, without the flag.
    /// Both frames are disposed by the caller.
    /// </summary>
    public static GrpcFrameBuffer Compress(GrpcFrameBuffer frame)
    {
        if (frame.Payload.IsEmpty)
        {
            return Empty();
        }

        using var output = new MemoryStream(frame.Length);
        output.Write(stackalloc byte[GrpcFraming.PrefixLength]);
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(frame.Payload.Span);
        }

        var length = (int)output.Length;
        var array = ArrayPool<byte>.Shared.Rent(length);
        output.GetBuffer().AsSpan(0, length).CopyTo(array);
        GrpcFraming.WritePrefix(array, length - GrpcFraming.PrefixLength, compressed: true);
        return new GrpcFrameBuffer(array, length);
    }

    /// <summary>Decompresses a gzip payload. Stops as soon as the limit is passed, so that a small message can't become a large one.</summary>
    /// <param name="payload">The compressed bytes.</param>
    /// <param name="maxMessageBytes">Largest decompressed payload; <see cref="int.MaxValue"/> for no limit.</param>
    /// <param name="message">An uncompressed frame that the caller disposes; nothing to dispose unless the result is Decompressed.</param>
    public static GrpcDecompressionResult TryDecompress(
        in ReadOnlySequence<byte> payload, int maxMessageBytes, out GrpcFrameBuffer message)
    {
        message = default;
        if (payload.Length < MinGzipLength)
        {
            return GrpcDecompressionResult.Malformed;
        }

        var compressedLength = (int)payload.Length;
        var compressed = ArrayPool<byte>.Shared.Rent(compressedLength);
        var array = ArrayPool<byte>.Shared.Rent(Math.Max(MinCapacity, compressedLength * 2L > Array.MaxLength ? compressedLength : compressedLength * 2));
        try
        {
            payload.CopyTo(compressed);
            using var gzip = new GZipStream(new MemoryStream(compressed, 0, compressedLength), CompressionMode.Decompress);
            var length = GrpcFraming.PrefixLength;
            while (true)
            {
                if (length == array.Length)
                {
                    Grow(ref array, length);
                }

                var read = gzip.Read(array.AsSpan(length));
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

            // GZipStream takes a stream that was cut short for a whole one; the length at its end (RFC 1952 2.3.1, ISIZE) tells.
            // Peers write a message as one member.
            if (BinaryPrimitives.ReadUInt32LittleEndian(compressed.AsSpan(compressedLength - 4)) != length - GrpcFraming.PrefixLength)
            {
                return GrpcDecompressionResult.Malformed;
            }

            GrpcFraming.WritePrefix(array, length - GrpcFraming.PrefixLength, compressed: false);
            message = new GrpcFrameBuffer(array, length);
            array = null;
            return GrpcDecompressionResult.Decompressed;
        }
        catch (InvalidDataException)
        {
            return GrpcDecompressionResult.Malformed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
            if (array is not null)
            {
                ArrayPool<byte>.Shared.Return(array);
            }
        }
    }

    private static GrpcFrameBuffer Empty()
    {
        var array = ArrayPool<byte>.Shared.Rent(GrpcFraming.PrefixLength);
        GrpcFraming.WritePrefix(array, 0, compressed: false);
        return new GrpcFrameBuffer(array, GrpcFraming.PrefixLength);
    }

    private static void Grow(ref byte[] array, int used)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(array.Length * 2L, Array.MaxLength));
        array.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(array);
        array = larger;
    }
}
