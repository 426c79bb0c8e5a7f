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

    // Of a step: what rounding may take from a turn that is due at a whole one.
    private const double Tolerance = 1e-6;

    /// <param name="weights">In their lowest terms; at least one is more than zero. Zeros get no turn.</param>
    /// <param name="owed">
    /// By slot, how many turns each is behind when the cycle begins, and is again when it ends; in sum none. Empty: nobody is.
    /// </param>
    /// <returns>Slots, in order: as many as the sum of the weights, or of the weights scaled down.</returns>
    public static int[] Build(ReadOnlySpan<int> weights, ReadOnlySpan<double> owed = default)
    {
        var slots = new List<int>(weights.Length);
        for (var slot = 0; slot < weights.Length; slot++)
        {
            if (weights[slot] > 0)
            {
                slots.Add(slot);
            }
        }

        int[] order = [.. slots];
        var behind = new double[order.Length];
        for (var i = 0; i < behind.Length; i++)
        {
            behind[i] = owed.IsEmpty ? 0 : owed[order[i]];
        }

        var shares = Scale(weights, slots);
        if (order.Length < shares.Sum())
        {
            return Arrange(order, shares, behind);
        }

        // One turn each, first who is most behind.
        if (behind.AsSpan().ContainsAnyExcept(0))
        {
            Array.Sort(Array.ConvertAll(behind, static turns => -turns), order);
        }

        return order;
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

    private static int[] Arrange(int[] slots, int[] shares, double[] owed)
    {
        var length = shares.Sum();
        var order = new int[length];
        var turns = new int[slots.Length];

        // Who may take a turn from a step on, as linked lists by step: heads by step, links by endpoint. After the last step: not in this cycle, but for
        // what is owed.
        var heads = new int[length + 2];
        var links = new int[slots.Length];
        var waiting = new PriorityQueue<int, double>();
        var reached = 0;
        Array.Fill(heads, -1);
        for (var i = 0; i < slots.Length; i++)
        {
            Release(i);
        }

        for (var step = 1; step <= length; step++)
        {
            // Where turns are owed it may be too early for all that have one left: then for the first of them it is not.
            while (reached < step || waiting.Count == 0)
            {
                reached++;
                for (var i = heads[reached]; i >= 0; i = links[i])
                {
                    waiting.Enqueue(i, Deadline(i));
                }
            }

            var next = waiting.Dequeue();
            order[step - 1] = slots[next];
            if (++turns[next] < shares[next])
            {
                Release(next);
            }
        }

        Debug.Assert(waiting.Count == 0, "Every turn of the cycle was given.");
        return order;

        // With d = 2n - 2: the turn after the first j may be given from step sum * (j + 1/d - owed) / share on and is due at
        // sum * (j + 1 - 1/d - owed) / share.
        void Release(int i)
        {
            var early = Math.Ceiling((length * (turns[i] + (1 / Divisor()) - owed[i]) / shares[i]) - Tolerance);
            var from = (int)Math.Clamp(early, 1, length + 1);
            if (from <= reached)
            {
                waiting.Enqueue(i, Deadline(i));
                return;
            }

            links[i] = heads[from];
            heads[from] = i;
        }

        double Deadline(int i) => length * (turns[i] + 1 - (1 / Divisor()) - owed[i]) / shares[i];

        double Divisor() => Math.Max(1, (2.0 * slots.Length) - 2);
    }
}
