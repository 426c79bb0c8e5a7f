using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a deserializer finds one message. Valid only during the deserializer's call.</summary>
public abstract class DeserializationContext
{
    /// <summary>Length of the message in bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>The message in a new array that belongs to the caller.</summary>
    public virtual byte[] PayloadAsNewBuffer() => PayloadAsReadOnlySequence().ToArray();

    /// <summary>The message in the transport's buffer, which is reused after the deserializer returned.</summary>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() =>
        throw new NotSupportedException($"{GetType()} gives the message as an array only.");
}
