using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>weighted_random</c>: each call goes to any endpoint with a chance by its weight. A weight of 0 takes no calls, except further attempts of
/// calls that have tried all others; if all weights are 0 they count as equal.
/// </summary>
/// <param name="weightKey">Metadata with the weight, for example <c>weight</c>; where it is missing, and when null: <see cref="Endpoint.Weight"/>.</param>
public sealed class WeightedRandomPolicy(string? weightKey = null) : IBalancingPolicy
{
    /// <inheritdoc/>
    public string Name => "weighted_random";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new Picker(input, EndpointWeights.ReadReduced(input.Endpoints, weightKey));
    }

    private sealed class Picker(PickerInput input, int[] weights) : EndpointPicker(input)
    {
        private readonly AliasTable _table = new(weights);
        private readonly Random _random = input.Random;

        public override int Choose(in PickContext context) => context.IsRetry ? DrawUntried(context) : _table.Draw(_random);

        internal override bool MayStandIn(int slot, int full) => EndpointWeights.MayStandIn(weights, slot, full);

        private int DrawUntried(in PickContext context)
        {
            var left = 0L;
            for (var slot = 0; slot < weights.Length; slot++)
            {
                left += context.HasTried(Endpoints[slot]) ? 0 : weights[slot];
            }

            var drawn = left == 0 ? -1 : _random.NextInt64(left);
            for (var slot = 0; slot < weights.Length && drawn >= 0; slot++)
            {
                drawn -= context.HasTried(Endpoints[slot]) ? 0 : weights[slot];
                if (drawn < 0)
                {
                    return slot;
                }
            }

            return _table.Draw(_random);
        }
    }
}
