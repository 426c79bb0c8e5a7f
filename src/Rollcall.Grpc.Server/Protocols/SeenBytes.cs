using System.Buffers;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>What the last read of a body gave out, and its reader has examined but not consumed. None by default.</summary>
/// <param name="Length">How many bytes.</param>
/// <param name="End">Where they end, if the body counts any as that.</param>
internal readonly record struct SeenBytes(long Length, SequencePosition? End)
{
    /// <summary>Call it before the body is advanced, which may free what was consumed.</summary>
    public static SeenBytes Create(in ReadOnlySequence<byte> buffer, SequencePosition consumed, SequencePosition examined) =>
        consumed.Equals(examined) ? default : new SeenBytes(buffer.Slice(consumed, examined).Length, examined);
}
