namespace Rollcall.Discovery.Balancing.Tables;

/// <summary>
/// Draws slots by their weights in constant time. A. J. Walker's alias method as built by M. D. Vose, "A linear algorithm for generating random
/// numbers with a given distribution" (1991). Immutable.
/// </summary>
internal readonly struct AliasTable
{
    // The upper half of an entry: below which chance, of 2^32, its own slot is drawn. The lower half: the slot that is drawn otherwise.
    private readonly ulong[] _entries;

    /// <param name="weights">At least one is more than zero. Zeros are never drawn.</param>
    public AliasTable(ReadOnlySpan<int> weights)
    {
        var sum = 0L;
        foreach (var weight in weights)
        {
            sum += weight;
        }

        var entries = new ulong[weights.Length];
        var left = new double[weights.Length];
        var small = new Stack<int>();
        var large = new Stack<int>();
        for (var slot = 0; slot < weights.Length; slot++)
        {
            left[slot] = (double)weights[slot] * weights.Length / sum;
            (left[slot] < 1 ? small : large).Push(slot);
        }

        while (small.TryPop(out var poor))
        {
            if (!large.TryPeek(out var rich))
            {
                // What is missing is an error of rounding. A zero is never left over: the sum of what is left is the number of those left.
                entries[poor] = Entry(1, poor);
                continue;
            }

            entries[poor] = Entry(left[poor], rich);
            left[rich] -= 1 - left[poor];
            if (left[rich] < 1)
            {
                small.Push(large.Pop());
            }
        }

        foreach (var slot in large)
        {
            entries[slot] = Entry(1, slot);
        }

        _entries = entries;
    }

    public int Draw(Random random)
    {
        var bits = random.NextInt64();
        var slot = (int)(((ulong)(uint)(bits >> 31) * (uint)_entries.Length) >> 32);
        var entry = _entries[slot];
        return (uint)bits < (uint)(entry >> 32) ? slot : (int)(uint)entry;
    }

    private static ulong Entry(double chance, int other) => ((ulong)(uint)Math.Min(uint.MaxValue, chance * 4_294_967_296.0) << 32) | (uint)other;
}
