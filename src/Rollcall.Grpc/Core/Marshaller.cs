using System.Buffers;
using Rollcall.Grpc;

namespace Grpc.Core;

/// <summary>Turns a message into bytes and back. Thread-safe when the delegates are.</summary>
/// <typeparam name="T">Type of the message.</typeparam>
public class Marshaller<T>
{
    /// <summary>A marshaller over whole arrays. Slower: every message is copied.</summary>
    public Marshaller(Func<T, byte[]> serializer, Func<byte[], T> deserializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        ArgumentNullException.ThrowIfNull(deserializer);
        Serializer = serializer;
        Deserializer = deserializer;
        ContextualSerializer = (message, context) => context.Complete(serializer(message));
        ContextualDeserializer = context => deserializer(context.PayloadAsNewBuffer());
    }

    /// <summary>A marshaller over the transport's buffers, as generated code uses it.</summary>
    public Marshaller(Action<T, SerializationContext> serializer, Func<DeserializationContext, T> deserializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        ArgumentNullException.ThrowIfNull(deserializer);
        ContextualSerializer = serializer;
        ContextualDeserializer = deserializer;
        Serializer = SerializeToArray;
        Deserializer = bytes => GrpcSerializer.Deserialize(this, new ReadOnlySequence<byte>(bytes));
    }

    /// <summary>Message to array.</summary>
    public Func<T, byte[]> Serializer { get; }

    /// <summary>Array to message.</summary>
    public Func<byte[], T> Deserializer { get; }

    /// <summary>Message to the transport's buffer.</summary>
    public Action<T, SerializationContext> ContextualSerializer { get; }

    /// <summary>The transport's buffer to message.</summary>
    public Func<DeserializationContext, T> ContextualDeserializer { get; }

    private byte[] SerializeToArray(T message)
    {
        using var frame = GrpcSerializer.SerializeToBuffer(this, message, int.MaxValue);
        return frame.Payload.ToArray();
    }
}
