using System.Buffers;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server;

/// <summary>Request frames to messages, with the status for everything that can be wrong with them.</summary>
internal static class MessageDecoder
{
    /// <summary>Takes the next message off a buffer; false when no whole one is there.</summary>
    /// <exception cref="RpcException">The frame is too large, malformed or compressed in an unknown way.</exception>
    public static bool TryDecode<T>(HttpServerCallContext context, Marshaller<T> marshaller, ref ReadOnlySequence<byte> buffer, out T message)
        where T : class
    {
        message = null!;
        var limit = context.Settings.MaxReceiveBytes;
        switch (GrpcFraming.TryReadFrame(ref buffer, limit, out var frame))
        {
            case GrpcFrameResult.Incomplete:
                return false;
            case GrpcFrameResult.TooLarge:
                throw Fault(StatusCode.ResourceExhausted, $"Received message of {frame.Length} bytes exceeds the limit of {limit}; raise MaxReceiveMessageSize.");
            case GrpcFrameResult.InvalidFlag:
                throw Fault(StatusCode.Internal, "The compressed flag of a message is neither 0 nor 1.");
        }

        if (!frame.Compressed)
        {
            message = Parse(context, marshaller, frame.Payload);
            return true;
        }

        using var decompressed = Decompress(context, frame, limit);
        message = Parse(context, marshaller, new ReadOnlySequence<byte>(decompressed.Payload));
        return true;
    }

    public static RpcException Incomplete() => Fault(StatusCode.Internal, "The request ended in the middle of a message.");

    public static RpcException Fault(StatusCode code, string detail) => new(new Status(code, detail));

    /// <summary>A fault whose text shows a part of a message, with what may be logged of it.</summary>
    public static RpcException Fault(StatusCode code, string detail, string logged) => new ValueFaultException(new Status(code, detail), logged);

    /// <summary>What the request's messages are compressed with; null when it names nothing.</summary>
    /// <exception cref="RpcException">Unimplemented: it is not known here. The response's headers say what is.</exception>
    public static ICompressionProvider? FindCompression(HttpServerCallContext context)
    {
        var header = context.HttpContext.Request.Headers.GrpcEncoding;
        if (header.Count == 0)
        {
            return null;
        }

        var encoding = header.ToString();
        if (encoding.Length == 0 || encoding.Equals(GrpcProtocol.IdentityEncoding, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var encodings = context.Settings.Encodings;
        if (encodings.TryFind(encoding, out var provider))
        {
            return provider;
        }

        if (!context.HttpContext.Response.HasStarted)
        {
            context.HttpContext.Response.Headers.GrpcAcceptEncoding = encodings.AcceptEncoding;
        }

        throw Fault(StatusCode.Unimplemented, $"The compression '{PeerText.Shorten(encoding)}' is not supported; use one of {encodings.AcceptEncoding}.");
    }

    private static GrpcFrameBuffer Decompress(HttpServerCallContext context, in GrpcFrame frame, int limit)
    {
        var provider = FindCompression(context)
            ?? throw Fault(StatusCode.Internal, "A message has the compressed flag and the request names no compression in grpc-encoding.");
        return GrpcCompression.TryDecompress(provider, frame.Payload, limit, out var message) switch
        {
            GrpcDecompressionResult.Decompressed => message,
            GrpcDecompressionResult.TooLarge => throw Fault(
                StatusCode.ResourceExhausted, $"Received message exceeds the limit of {limit} bytes when decompressed; raise MaxReceiveMessageSize."),
            _ => throw Fault(StatusCode.Internal, $"A message can't be decompressed as {provider.EncodingName}."),
        };
    }

    private static T Parse<T>(HttpServerCallContext context, Marshaller<T> marshaller, in ReadOnlySequence<byte> payload)
    {
        try
        {
            return GrpcSerializer.Deserialize(marshaller, payload);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw new RpcException(new Status(
                context.BlamesCaller ? StatusCode.InvalidArgument : StatusCode.Internal, "The request message can't be parsed.", exception));
        }
    }
}
