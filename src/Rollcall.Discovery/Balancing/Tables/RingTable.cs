using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing.Tables;

/// <summary>
/// A hash ring: each endpoint has points on it by XXH64, as many as its weight asks for, and a key belongs to the first point at or after it.
/// D. Karger et al., "Consistent hashing and random trees" (1997). An index by the upper bits of the hash finds that point in a step or two.
/// </summary>
internal readonly struct RingTable : IHashTable
{
    // Weights may be large numbers: from this one on they are halved, so that an endpoint has no more points than shares need.
    private const int LargestWeight = 16;

    // Points in order: the hash with the slot in its lowest bits. One array, so that a look at a point is one at its slot.
    private readonly ulong[] _points;

    // By the upper bits of a hash: the first point that has these or higher ones.
    private readonly int[] _starts;
    private readonly ulong _slotMask;
    private readonly int _shift;

    /// <param name="endpoints">Not empty.</param>
    /// <param name="weights">As they are given: in lowest terms all would change with one. A zero has no points.</param>
    /// <param name="pointsPerWeight">How many points a weight of 1 has.</param>
    /// <param name="maxPoints">Halves the points per weight until they are no more than this, but each weight above zero has one.</param>
    public RingTable(ImmutableArray<Endpoint> endpoints, ReadOnlySpan<int> weights, int pointsPerWeight, int maxPoints)
    {
        var counts = CountPoints(weights, pointsPerWeight, maxPoints);
        var count = counts.Sum();
        var slotBits = BitOperations.Log2((uint)Math.Max(1, endpoints.Length - 1)) + 1;
        var indexBits = BitOperations.Log2((uint)count) + 1;
        _slotMask = (1UL << slotBits) - 1;
        _shift = 64 - indexBits;
        _starts = new int[(1 << indexBits) + 1];
        _points = new ulong[count + 1];
        Fill(endpoints, counts);

        // Beyond the last point comes the first: nothing is higher than this one.
        _points[count] = ~_slotMask | (_points[0] & _slotMask);
    }

    public int Length => _points.Length - 1;

    public int Locate(ulong key)
    {
        // With the slot's bits off, no point with the same hash is passed over.
        key &= ~_slotMask;
        var place = _starts[key >> _shift];
        while (_points[place] < key)
        {
            place++;
        }

        return place == _points.Length - 1 ? 0 : place;
    }

    public int SlotAt(int place) => (int)(_points[place] & _slotMask);

    private static int[] CountPoints(ReadOnlySpan<int> weights, int pointsPerWeight, int maxPoints)
    {
        var sum = 0L;
        var heaviest = 0;
        foreach (var weight in weights)
        {
            sum += weight;
            heaviest = Math.Max(heaviest, weight);
        }

        // By halves: a number that followed the list would move keys between endpoints that stay whenever another one comes, goes or is given another
        // weight.
        var perWeight = (double)pointsPerWeight;
        while (perWeight * sum > maxPoints || perWeight * heaviest > (double)pointsPerWeight * LargestWeight)
        {
            perWeight /= 2;
        }

        var counts = new int[weights.Length];
        for (var slot = 0; slot < counts.Length; slot++)
        {
            counts[slot] = weights[slot] == 0 ? 0 : Math.Max(1, (int)(perWeight * weights[slot]));
        }

        return counts;
    }

    /// <summary>Sorts by counting: the upper bits of a hash say nearly where its point belongs.</summary>
    private void Fill(ImmutableArray<Endpoint> endpoints, int[] counts)
    {
        var unsorted = new ulong[_points.Length - 1];
        var made = 0;
        for (var slot = 0; slot < counts.Length; slot++)
        {
            var name = Encoding.UTF8.GetBytes(endpoints[slot].Authority);
            for (var i = 0; i < counts[slot]; i++)
            {
                var point = (XxHash64.Hash(name, (ulong)i) & ~_slotMask) | (uint)slot;
                unsorted[made++] = point;
                _starts[(point >> _shift) + 1]++;
            }
        }

        for (var i = 1; i < _starts.Length; i++)
        {
            _starts[i] += _starts[i - 1];
        }

        var nexts = _starts.AsSpan(0, _starts.Length - 1).ToArray();
        foreach (var point in unsorted)
        {
            var place = nexts[point >> _shift]++;
            for (; place > _starts[point >> _shift] && _points[place - 1] > point; place--)
            {
                _points[place] = _points[place - 1];
            }

            _points[place] = point;
        }
    }
}
