using System.Buffers;

namespace Rollcall.Fuzz;

/// <summary>Bytes cut into pieces, as they come from a socket. The pieces depend on nothing but the bytes.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long index)
    {
        Memory = memory;
        RunningIndex = index;
    }

    public static ReadOnlySequence<byte> Cut(byte[] bytes)
    {
        var first = new Segments(ReadOnlyMemory<byte>.Empty, 0);
        var last = first;
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(1 + (bytes[at] % 7), bytes.Length - at);
            var next = new Segments(bytes.AsMemory(at, length), at);
            last.Next = next;
            last = next;
            at += length;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
