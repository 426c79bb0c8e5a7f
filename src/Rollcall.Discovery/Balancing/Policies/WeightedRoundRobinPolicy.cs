using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>weighted_round_robin</c>: turns by weight, evenly spread: after any number of calls from the start of a cycle each endpoint has had its
/// exact share, give or take one call. A weight of 0 takes no calls, except further attempts of calls that have tried all others; if all weights
/// are 0 they count as equal. Starts at a random place of the cycle. When the list changes turns go on: an endpoint that has had less or more than
/// its share by then has its next turn earlier or later.
/// </summary>
/// <param name="weightKey">Metadata with the weight, for example <c>weight</c>; where it is missing, and when null: <see cref="Endpoint.Weight"/>.</param>
public sealed class WeightedRoundRobinPolicy(string? weightKey = null) : IBalancingPolicy
{
    /// <inheritdoc/>
    public string Name => "weighted_round_robin";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var weights = EndpointWeights.ReadReduced(input.Endpoints, weightKey);
        if (input.Endpoints.IsEmpty)
        {
            return new Picker(input, weights, [], [], 0);
        }

        if (input.Previous is not Picker { Endpoints.IsEmpty: false } old)
        {
            var cycle = SmoothOrder.Build(weights);
            return new Picker(input, weights, new double[weights.Length], cycle, input.Random.Next(cycle.Length));
        }

        if (old.TryContinue(input, weights) is { } same)
        {
            return same;
        }

        old.Settle();
        double[] owed = [.. input.States.Select(static state => state.TurnsOwed)];
        var behind = Level(owed, weights);

        // A newcomer begins where the others are; what they are behind together would be another thing for it.
        return new Picker(input, weights, Array.Exists(owed, double.IsNaN) ? behind : owed, SmoothOrder.Build(weights, behind), 0);
    }

    /// <summary>
    /// What each is behind the others. What all of them are behind or ahead together is the matter of endpoints that are not in this list: it
    /// can't be made up for without them, and counts again when they come back.
    /// </summary>
    private static double[] Level(double[] owed, int[] weights)
    {
        var (sum, weight) = (0.0, 0.0);
        for (var slot = 0; slot < owed.Length; slot++)
        {
            if (weights[slot] > 0 && !double.IsNaN(owed[slot]))
            {
                sum += owed[slot];
                weight += weights[slot];
            }
        }

        var common = weight == 0 ? 0 : sum / weight;
        var behind = new double[owed.Length];
        for (var slot = 0; slot < owed.Length; slot++)
        {
            behind[slot] = double.IsNaN(owed[slot]) ? 0 : owed[slot] - (common * weights[slot]);
        }

        return behind;
    }

    /// <param name="input">What the policy was given.</param>
    /// <param name="weights">In their lowest terms.</param>
    /// <param name="owed">By slot, how many turns each is behind at the start of a cycle.</param>
    /// <param name="order">The cycle.</param>
    /// <param name="start">The first turn, from 0.</param>
    private sealed class Picker(PickerInput input, int[] weights, double[] owed, int[] order, long start) : EndpointPicker(input)
    {
        private readonly int[] _order = order;
        private SharedCounter _next = new(start - 1);

        public override int Choose(in PickContext context)
        {
            var turn = (int)((ulong)_next.Increment() % (uint)_order.Length);
            return context.IsRetry ? FirstUntried(turn, context) : _order[turn];
        }

        /// <summary>For the same endpoints with the same weights: the same cycle, from the next turn on. Null: they are others.</summary>
        public Picker? TryContinue(PickerInput successor, int[] successorWeights) =>
            weights.AsSpan().SequenceEqual(successorWeights) && Endpoints.AsSpan().SequenceEqual(successor.Endpoints.AsSpan())
                ? new Picker(successor, weights, owed, _order, (_next.Value + 1) % _order.Length)
                : null;

        /// <summary>Writes down how many turns each is behind by now.</summary>
        public void Settle()
        {
            var taken = (int)((_next.Value + 1) % _order.Length);
            var had = new int[weights.Length];
            var share = new int[weights.Length];
            for (var turn = 0; turn < _order.Length; turn++)
            {
                share[_order[turn]]++;
                had[_order[turn]] += turn < taken ? 1 : 0;
            }

            for (var slot = 0; slot < weights.Length; slot++)
            {
                States[slot].TurnsOwed = owed[slot] + ((double)taken * share[slot] / _order.Length) - had[slot];
            }
        }

        internal override bool MayStandIn(int slot, int full) => EndpointWeights.MayStandIn(weights, slot, full);

        private int FirstUntried(int turn, in PickContext context)
        {
            var areLeft = UntriedSlots.AreLeft(Endpoints, context);
            for (var i = 0; i < _order.Length && areLeft; i++)
            {
                var slot = _order[(turn + i) % _order.Length];
                if (!context.HasTried(Endpoints[slot]))
                {
                    return slot;
                }
            }

            return _order[turn];
        }
    }
}
