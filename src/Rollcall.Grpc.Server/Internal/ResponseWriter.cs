using System.Buffers;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Rollcall.Grpc.Server;

/// <summary>Makes frames of response messages, compressed if that was agreed.</summary>
internal static class ResponseWriter
{
    /// <summary>Puts one message into the body, without flushing it.</summary>
    public static void Write<T>(HttpServerCallContext context, Marshaller<T> marshaller, T message, WriteOptions? options)
    {
        var output = context.HttpContext.Response.BodyWriter;
        if (FindCompression(context, options) is not null)
        {
            using var compressed = Serialize(context, marshaller, message, options);
            output.Write(compressed.Frame.Span);
        }
        else
        {
            GrpcSerializer.Serialize(marshaller, message, output, context.Settings.MaxSendBytes);
        }

        context.MessageWritten = true;
    }

    /// <summary>A message for the body, which the caller puts there and disposes.</summary>
    public static GrpcFrameBuffer Serialize<T>(HttpServerCallContext context, Marshaller<T> marshaller, T message, WriteOptions? options)
    {
        var frame = GrpcSerializer.SerializeToBuffer(marshaller, message, context.Settings.MaxSendBytes);
        if (FindCompression(context, options) is not { } compression)
        {
            return frame;
        }

        using (frame)
        {
            return GrpcCompression.Compress(compression, frame, context.Settings.ResponseCompressionLevel);
        }
    }

    private static ICompressionProvider? FindCompression(HttpServerCallContext context, WriteOptions? options) =>
        options is null || (options.Flags & WriteFlags.NoCompress) == 0 ? context.Compression : null;
}
