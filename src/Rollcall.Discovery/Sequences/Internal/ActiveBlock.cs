namespace Rollcall.Discovery.Sequences.Internal;

/// <summary>Numbers that are handed out one by one. Thread-safe.</summary>
internal sealed class ActiveBlock(SequenceBlock block)
{
    // 64 bits: goes on counting after the last number, for as long as no other block comes.
    private long _taken;
    private int _start = -1;
    private long _since;

    public int Count => block.Count;

    /// <summary>At which number the next block is to be asked for.</summary>
    public long Half => block.Count / 2;

    /// <summary>How many were asked for, also after the last one.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>When the first could be asked for, as a timestamp.</summary>
    public long Since => Volatile.Read(ref _since);

    /// <summary>
    /// Makes it ready for use. Callers begin their blocks at different endpoints, so that they don't all begin at the same one: block after block
    /// one further. Which numbers it has is not changed by that.
    /// </summary>
    /// <param name="endpoints">How many endpoints there are.</param>
    /// <param name="now">A timestamp.</param>
    public void Activate(int endpoints, long now)
    {
        var first = (int)(block.First % endpoints);
        var wanted = (int)(block.Ordinal % endpoints);
        var start = (wanted - first + endpoints) % endpoints % Math.Max(1, block.Count);
        if (Interlocked.CompareExchange(ref _start, start, -1) == -1)
        {
            Volatile.Write(ref _since, now);
        }
    }

    /// <summary>The position of the next number; from <see cref="Count"/> on there is none.</summary>
    public long Take() => Interlocked.Increment(ref _taken) - 1;

    public long Number(long position)
    {
        var offset = position + _start;
        return block.First + (offset < block.Count ? offset : offset - block.Count);
    }
}
