using System.Runtime.InteropServices;

namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>
/// A number that many threads count up at once, with its cache line to itself: each change takes the line away from the other processors, and
/// with it whatever they only read there. A field of objects of which there are few; must not be copied.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = LineSize + sizeof(long) + LineSize)]
internal struct SharedCounter(long value)
{
    private const int LineSize = 64;

    [FieldOffset(LineSize)]
    private long _value = value;

    public readonly long Value => Volatile.Read(in _value);

    /// <returns>The new number.</returns>
    public long Increment() => Interlocked.Increment(ref _value);

    public void Decrement() => Interlocked.Decrement(ref _value);
}
