namespace Rollcall.Grpc.Dynamic;

/// <summary>One field of a message as it lies on the wire.</summary>
/// <param name="Number">Number of the field.</param>
/// <param name="Type">How it lies there; a group is <see cref="WireType.StartGroup"/>.</param>
/// <param name="Bits">The number, of the types that are one.</param>
/// <param name="Offset">Where its content starts within the message; it also tells which of two values comes later.</param>
/// <param name="Length">Length of the content in bytes; of a group without its end.</param>
internal readonly record struct WireValue(int Number, WireType Type, ulong Bits, int Offset, int Length)
{
    public bool HasContent => Type is WireType.LengthDelimited or WireType.StartGroup;

    public ReadOnlySpan<byte> ContentIn(ReadOnlySpan<byte> message) => message.Slice(Offset, Length);
}
