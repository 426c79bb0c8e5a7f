using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Messages of types that are known at run time only. Code that an older protoc generated takes arrays and nothing else.</summary>
internal static class Messages
{
    public static IMessage Create(MessageDescriptor type) => type.Parser.ParseFrom(ByteString.Empty);

    /// <exception cref="InvalidProtocolBufferException">The bytes are no such message.</exception>
    public static IMessage Parse(MessageDescriptor type, in ReadOnlySequence<byte> bytes) =>
        typeof(IBufferMessage).IsAssignableFrom(type.ClrType) ? type.Parser.ParseFrom(bytes) : type.Parser.ParseFrom(bytes.ToArray());

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
