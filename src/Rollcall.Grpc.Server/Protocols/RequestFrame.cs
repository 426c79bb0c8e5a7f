using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Makes the frame that a <see cref="CallHandler"/> reads.</summary>
internal static class RequestFrame
{
    public static byte[] FromMessage(IMessage message)
    {
        var length = message.CalculateSize();
        var frame = new byte[GrpcFraming.PrefixLength + length];
        GrpcFraming.WritePrefix(frame, length, compressed: false);
        Messages.Write(message, frame.AsSpan(GrpcFraming.PrefixLength));
        return frame;
    }

    public static byte[] FromBytes(in ReadOnlySequence<byte> message)
    {
        var length = checked((int)message.Length);
        var frame = new byte[GrpcFraming.PrefixLength + length];
        GrpcFraming.WritePrefix(frame, length, compressed: false);
        message.CopyTo(frame.AsSpan(GrpcFraming.PrefixLength));
        return frame;
    }

    /// <summary>Reads a body to its end and makes a frame of it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentLength">What the request says of its length, if it does: a body too large is refused before it is read.</param>
    /// <param name="maxBytes">Largest body.</param>
    /// <param name="convert">Makes the frame of the whole body.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="RpcException">ResourceExhausted: the body is too large; or what <paramref name="convert"/> throws.</exception>
    public static async ValueTask<byte[]> ReadAsync(
        PipeReader body, long? contentLength, int maxBytes, Func<ReadOnlySequence<byte>, byte[]> convert, CancellationToken cancellationToken)
    {
        if (contentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        var seen = default(SeenBytes);
        while (true)
        {
            var result = await BodyRead.ReadAsync(body, seen, cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.Length > maxBytes)
            {
                body.AdvanceTo(buffer.End);
                throw TooLarge(maxBytes);
            }

            if (result.IsCompleted)
            {
                try
                {
                    return convert(buffer);
                }
                finally
                {
                    body.AdvanceTo(buffer.End);
                }
            }

            seen = SeenBytes.Create(buffer, buffer.Start, buffer.End);
            body.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Makes a frame of a whole body that may be compressed.</summary>
    /// <param name="body">The body as it was sent.</param>
    /// <param name="compression">Null: none.</param>
    /// <param name="maxBytes">Largest body when it is decompressed.</param>
    /// <param name="convert">Makes the frame.</param>
    /// <exception cref="RpcException">ResourceExhausted or InvalidArgument: the body is too large or not compressed so; or what <paramref name="convert"/> throws.</exception>
    public static byte[] Decompress(
        in ReadOnlySequence<byte> body, ICompressionProvider? compression, int maxBytes, Func<ReadOnlySequence<byte>, byte[]> convert)
    {
        // Nothing at all is never compressed.
        if (compression is null || body.IsEmpty)
        {
            return convert(body);
        }

        switch (GrpcCompression.TryDecompress(compression, body, maxBytes, out var message))
        {
            case GrpcDecompressionResult.Decompressed:
                using (message)
                {
                    return convert(new ReadOnlySequence<byte>(message.Payload));
                }

            case GrpcDecompressionResult.TooLarge:
                throw TooLarge(maxBytes);
            default:
                throw MessageDecoder.Fault(StatusCode.InvalidArgument, $"The request can't be decompressed as {compression.EncodingName}.");
        }
    }

    public static RpcException TooLarge(int maxBytes) => MessageDecoder.Fault(
        StatusCode.ResourceExhausted, $"Received message exceeds the limit of {maxBytes} bytes; raise MaxReceiveMessageSize.");
}
