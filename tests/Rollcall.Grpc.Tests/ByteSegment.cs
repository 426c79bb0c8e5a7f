using System.Buffers;

namespace Rollcall.Grpc.Tests;

/// <summary>Makes sequences of many segments.</summary>
internal sealed class ByteSegment : ReadOnlySequenceSegment<byte>
{
    private ByteSegment(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    public static ReadOnlySequence<byte> Split(byte[] bytes, int segmentLength)
    {
        var first = new ByteSegment(bytes.AsMemory(0, Math.Min(segmentLength, bytes.Length)), 0);
        var last = first;
        for (var index = segmentLength; index < bytes.Length; index += segmentLength)
        {
            var next = new ByteSegment(bytes.AsMemory(index, Math.Min(segmentLength, bytes.Length - index)), index);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
