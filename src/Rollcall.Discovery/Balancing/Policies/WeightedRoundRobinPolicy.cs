using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>weighted_round_robin</c>: turns by weight, evenly spread: after any number of calls from the start of a cycle each endpoint has had its
/// exact share, give or take one call. A weight of 0 takes no calls, except further attempts of calls that have tried all others; if all weights
/// are 0 they count as equal. Starts at a random place of the cycle, also when the list changes.
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
        return new Picker(input, weights, input.Endpoints.IsEmpty ? [] : SmoothOrder.Build(weights));
    }

    private sealed class Picker(PickerInput input, int[] weights, int[] order) : EndpointPicker(input)
    {
        private readonly int[] _order = order;
        private SharedCounter _next = new(order.Length == 0 ? 0 : input.Random.Next(order.Length) - 1L);

        public override int Choose(in PickContext context)
        {
            var turn = (int)((ulong)_next.Increment() % (uint)_order.Length);
            return context.IsRetry ? FirstUntried(turn, context) : _order[turn];
        }

        internal override bool MayStandIn(int slot, int full) => EndpointWeights.MayStandIn(weights, slot, full);

        private int FirstUntried(int turn, in PickContext context)
        {
            for (var i = 0; i < _order.Length && context.Tried!.Count < Endpoints.Length; i++)
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
