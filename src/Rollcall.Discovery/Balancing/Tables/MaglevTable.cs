using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing.Tables;

/// <summary>
/// A lookup table that endpoints fill in turns, each in an order of its own. D. Eisenbud et al., "Maglev: A fast and reliable software network
/// load balancer" (NSDI 2016), 3.4. Shares are even to one place of the table, a look-up is one read, and when an endpoint goes, few places change
/// hands between the others.
/// </summary>
internal readonly struct MaglevTable : IHashTable
{
    private readonly int[] _slots;

    // One field: a picker replaces the table by one write.
    private MaglevTable(int[] slots) => _slots = slots;

    public int Length => _slots.Length;

    public int Locate(ulong key) => (int)Math.BigMul(key, (ulong)_slots.Length, out _);

    public int SlotAt(int place) => _slots[place];

    /// <summary>Every slot with a weight once: spreads keys, and moves most of them when the list changes.</summary>
    public static MaglevTable Plain(int[] weights) => new([.. Enumerable.Range(0, weights.Length).Where(slot => weights[slot] > 0)]);

    /// <param name="endpoints">Not empty.</param>
    /// <param name="weights">In their lowest terms; a zero gets no place.</param>
    /// <param name="size">A prime number of places, at least as many as there are endpoints.</param>
    public static MaglevTable Build(ImmutableArray<Endpoint> endpoints, ReadOnlySpan<int> weights, int size)
    {
        var table = new int[size];
        Array.Fill(table, -1);
        var heaviest = 0;
        foreach (var weight in weights)
        {
            heaviest = Math.Max(heaviest, weight);
        }

        var places = new int[endpoints.Length];
        var skips = new int[endpoints.Length];
        for (var slot = 0; slot < places.Length; slot++)
        {
            var name = Encoding.UTF8.GetBytes(endpoints[slot].Authority);
            places[slot] = (int)(XxHash64.Hash(name) % (uint)size);
            skips[slot] = 1 + (int)(XxHash64.Hash(name, 1) % (uint)(size - 1));
        }

        // In each round the heaviest takes a place; another one whenever its weight has added up to that of the heaviest. Who has a turn in a round, as
        // linked lists: heads by round, links by slot. So a round costs nothing for those who have none.
        var heads = new int[size + 1];
        Array.Fill(heads, -1);
        var links = new int[endpoints.Length];
        var turns = new int[endpoints.Length];
        var due = new int[endpoints.Length];
        for (var slot = 0; slot < places.Length; slot++)
        {
            NextTurn(slot, weights[slot]);
        }

        for (int filled = 0, round = 1; filled < size; round++)
        {
            var count = 0;
            for (var slot = heads[round]; slot >= 0; slot = links[slot])
            {
                due[count++] = slot;
            }

            // Within a round they go by the list.
            var inRound = due.AsSpan(0, count);
            inRound.Reverse();
            inRound.Sort();
            foreach (var slot in inRound[..Math.Min(count, size - filled)])
            {
                var place = places[slot];
                while (table[place] >= 0)
                {
                    place = Next(place, skips[slot], size);
                }

                table[place] = slot;
                places[slot] = Next(place, skips[slot], size);
                filled++;
                NextTurn(slot, weights[slot]);
            }
        }

        return new MaglevTable(table);

        void NextTurn(int slot, int weight)
        {
            var round = weight == 0 ? long.MaxValue : (((long)++turns[slot] * heaviest) + weight - 1) / weight;
            if (round <= size)
            {
                links[slot] = heads[round];
                heads[round] = slot;
            }
        }
    }

    /// <summary>The same places for the endpoints that are left; those of others go to who comes after them. New endpoints have none yet.</summary>
    /// <param name="newSlots">By old slot; -1: it is gone. Not all are.</param>
    public MaglevTable Patch(int[] newSlots)
    {
        var patched = new int[_slots.Length];
        var heir = 0;
        for (var place = _slots.Length - 1; newSlots[_slots[heir]] < 0; place--)
        {
            heir = place;
        }

        heir = newSlots[_slots[heir]];
        for (var place = patched.Length - 1; place >= 0; place--)
        {
            var slot = newSlots[_slots[place]];
            heir = slot >= 0 ? slot : heir;
            patched[place] = heir;
        }

        return new MaglevTable(patched);
    }

    /// <summary>
    /// How many places: 65,537 up to 655 endpoints; beyond, a prime with a hundred for each, by doublings, because another size moves nearly all keys.
    /// </summary>
    public static int SizeFor(int count) => count <= 655 ? 65_537 : NextPrime(100 * (int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)count), 1 << 20));

    public static int NextPrime(int from)
    {
        var candidate = from | 1;
        while (!IsPrime(candidate))
        {
            candidate += 2;
        }

        return candidate;
    }

    private static bool IsPrime(int odd)
    {
        for (var divisor = 3; (long)divisor * divisor <= odd; divisor += 2)
        {
            if (odd % divisor == 0)
            {
                return false;
            }
        }

        return odd > 1;
    }

    private static int Next(int place, int skip, int size)
    {
        place += skip;
        return place >= size ? place - size : place;
    }
}
