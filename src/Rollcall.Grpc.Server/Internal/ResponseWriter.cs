using System.Buffers;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Puts one response message into the body, without flushing it.</summary>
internal static class ResponseWriter
{
    /// <summary>Returns the bytes written, prefix included.</summary>
    public static int Write<T>(HttpServerCallContext context, Marshaller<T> marshaller, T message, WriteOptions? options)
    {
        var output = context.HttpContext.Response.BodyWriter;
        var limit = context.Settings.MaxSendBytes;
        if (!context.Compresses || (options is not null && (options.Flags & WriteFlags.NoCompress) != 0))
        {
            var length = GrpcSerializer.Serialize(marshaller, message, output, limit);
            context.MessageWritten = true;
            return length;
        }

        using var frame = GrpcSerializer.SerializeToBuffer(marshaller, message, limit);
        using var compressed = GrpcCompression.Compress(context.Settings.ResponseCompression!, frame, context.Settings.ResponseCompressionLevel);
        output.Write(compressed.Frame.Span);
        context.MessageWritten = true;
        return compressed.Length;
    }
}
