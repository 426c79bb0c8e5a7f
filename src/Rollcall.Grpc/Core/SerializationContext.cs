using System.Buffers;

namespace Grpc.Core;

/// <summary>
/// Where a serializer puts one message: either one array by <see cref="Complete(byte[])"/>, or
/// <see cref="SetPayloadLength"/>, <see cref="GetBufferWriter"/> and <see cref="Complete()"/>. Valid only during the serializer's call.
/// </summary>
public abstract class SerializationContext
{
    /// <summary>Hands over the whole message. The array must not be changed afterwards.</summary>
    public virtual void Complete(byte[] payload) => throw new NotSupportedException($"{GetType()} does not take arrays.");

    /// <summary>The buffer to write the message to.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotSupportedException($"{GetType()} has no buffer writer.");

    /// <summary>Announces the exact length, before the buffer writer is asked for. Saves a copy.</summary>
    public virtual void SetPayloadLength(int payloadLength) => throw new NotSupportedException($"{GetType()} takes no length.");

    /// <summary>Says that everything is in the buffer writer.</summary>
    public virtual void Complete() => throw new NotSupportedException($"{GetType()} has no buffer writer to complete.");
}
