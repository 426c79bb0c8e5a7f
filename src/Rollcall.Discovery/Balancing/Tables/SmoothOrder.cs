using System.Diagnostics;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing.Tables;

/// <summary>
/// The order in which weighted endpoints take turns, one cycle of it: after any number of turns each has had its exact share, give or take
/// 1 - 1/(2n - 2) turns. R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32 (1980): among those whose next turn is not
/// too early, the one whose turn is due first.
/// </summary>
internal static class SmoothOrder
{
    // A cycle that is longer is scaled down: no share is then off by more than half of an entry.
    private const int ShortestCap = 65_536;

    /// <param name="weights">In their lowest terms; at least one is more than zero. Zeros get no turn.</param>
    /// <returns>Slots, in order: as many as the sum of the weights, or of the weights scaled down.</returns>
    public static int[] Build(ReadOnlySpan<int> weights)
    {
        var slots = new List<int>(weights.Length);
        for (var slot = 0; slot < weights.Length; slot++)
        {
            if (weights[slot] > 0)
            {
                slots.Add(slot);
            }
        }

        var shares = Scale(weights, slots);
        return slots.Count == shares.Length && EndpointWeights.AreEqual(shares) ? [.. slots] : Arrange([.. slots], shares);
    }

    private static int[] Scale(ReadOnlySpan<int> weights, List<int> slots)
    {
        var sum = 0L;
        foreach (var slot in slots)
        {
            sum += weights[slot];
        }

        var cap = Math.Max(ShortestCap, 8 * slots.Count);
        var shares = new int[slots.Count];
        for (var i = 0; i < shares.Length; i++)
        {
            var weight = weights[slots[i]];
            shares[i] = sum <= cap ? weight : Math.Max(1, (int)Math.Round((double)weight * cap / sum));
        }

        return shares;
    }

    private static int[] Arrange(int[] slots, int[] shares)
    {
        var length = shares.Sum();
        var order = new int[length];
        var turns = new int[slots.Length];

        // Who may take a turn from a step on, as linked lists by step: heads by step, links by endpoint.
        var heads = new int[length + 2];
        var links = new int[slots.Length];
        Array.Fill(heads, -1);
        for (var i = 0; i < slots.Length; i++)
        {
            Release(i, 0);
        }

        var waiting = new PriorityQueue<int, long>();
        for (var step = 1; step <= length; step++)
        {
            for (var i = heads[step]; i >= 0; i = links[i])
            {
                waiting.Enqueue(i, Deadline(i));
            }

            var next = waiting.Dequeue();
            order[step - 1] = slots[next];
            if (++turns[next] < shares[next])
            {
                Release(next, step);
            }
        }

        Debug.Assert(waiting.Count == 0, "Every turn of the cycle was given.");
        return order;

        // In exact numbers, with d = 2n - 2: the turn after the first j may be given from step ceil(sum * (j + 1/d) / share) on and is due
        // at sum * (j + 1 - 1/d) / share. 64 bits do: sum and share are up to a million, d up to twice the number of endpoints.
        void Release(int i, int step)
        {
            var early = (((long)length * (((long)turns[i] * Divisor()) + 1)) + (shares[i] * Divisor()) - 1) / (shares[i] * Divisor());
            var from = Math.Max((int)early, step + 1);
            links[i] = heads[from];
            heads[from] = i;
        }

        long Deadline(int i) => (long)length * (((turns[i] + 1L) * Divisor()) - 1) / (shares[i] * Divisor());

        long Divisor() => Math.Max(1, (2L * slots.Length) - 2);
    }
}
