using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Messages of types that are known at run time only. Code that an older protoc generated takes arrays and nothing else.</summary>
internal static class Messages
{
    public static IMessage Create(MessageDescriptor type) => type.Parser.ParseFrom(ByteString.Empty);

    /// <exception cref="InvalidProtocolBufferException">The bytes are no such message.</exception>
    public static IMessage Parse(MessageDescriptor type, in ReadOnlySequence<byte> bytes) =>
        typeof(IBufferMessage).IsAssignableFrom(type.ClrType) ? type.Parser.ParseFrom(bytes) : type.Parser.ParseFrom(bytes.ToArray());

    /// <summary>Reads what a handler has answered.</summary>
    /// <exception cref="RpcException">Internal: it is nested deeper than it can be read.</exception>
    public static IMessage ParseResponse(MessageDescriptor type, in ReadOnlySequence<byte> bytes)
    {
        try
        {
            return Parse(type, bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw MessageDecoder.Fault(StatusCode.Internal, $"The message can't be converted: {exception.Message}");
        }
    }

    /// <summary>Fills a span of exactly the message's size.</summary>
    public static void Write(IMessage message, Span<byte> destination)
    {
        if (message is IBufferMessage)
        {
            message.WriteTo(destination);
        }
        else
        {
            message.ToByteArray().CopyTo(destination);
        }
    }
}
