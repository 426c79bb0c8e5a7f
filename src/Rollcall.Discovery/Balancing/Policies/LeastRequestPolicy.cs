using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>least_request</c>: of a few endpoints drawn by chance, the one with the fewest calls in flight (gRFC A48; M. Mitzenmacher, "The power of
/// two choices in randomized load balancing"). With different weights they are drawn by weight, and the one with the lowest
/// <c>active^bias / weight</c> is taken: shares go by weight while nobody is busy, and calls in flight do when all are. A weight of 0 takes no
/// calls, except further attempts of calls that have tried others.
/// </summary>
public sealed class LeastRequestPolicy : IBalancingPolicy
{
    private readonly int _choiceCount;
    private readonly double _activeRequestBias;
    private readonly string? _weightKey;

    /// <param name="choiceCount">
    /// How many are drawn, from 2 to 10. The default 2 keeps clear of a few slow endpoints; when half of them can be slow, take 4.
    /// </param>
    /// <param name="activeRequestBias">How much calls in flight count against the weight, from 0 (not at all) to 10. Without effect if weights are equal.</param>
    /// <param name="weightKey">Metadata with the weight, for example <c>weight</c>; where it is missing, and when null: <see cref="Endpoint.Weight"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public LeastRequestPolicy(int choiceCount = 2, double activeRequestBias = 1, string? weightKey = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(choiceCount, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choiceCount, 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(activeRequestBias, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(activeRequestBias, 10);
        _choiceCount = choiceCount;
        _activeRequestBias = activeRequestBias;
        _weightKey = weightKey;
    }

    /// <inheritdoc/>
    public string Name => "least_request";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var weights = EndpointWeights.ReadReduced(input.Endpoints, _weightKey);
        return EndpointWeights.AreEqual(weights)
            ? new Picker(input, _choiceCount)
            : new WeightedPicker(input, _choiceCount, _activeRequestBias, weights);
    }

    private sealed class Picker(PickerInput input, int choiceCount) : EndpointPicker(input)
    {
        private readonly Random _random = input.Random;

        public override int Choose(in PickContext context)
        {
            var count = Endpoints.Length;
            if (count <= choiceCount || choiceCount > 2 || context.IsRetry)
            {
                return ChooseOfMany(context);
            }

            // Two different ones of one draw of 63 bits.
            var bits = _random.NextInt64();
            var one = (int)(((ulong)(uint)bits * (uint)count) >> 32);
            var other = (int)(((ulong)(uint)(bits >> 31) * (uint)(count - 1)) >> 32);
            other += other >= one ? 1 : 0;
            return States[one].InFlight <= States[other].InFlight ? one : other;
        }

        private int ChooseOfMany(in PickContext context)
        {
            var count = Endpoints.Length;
            var best = -1;
            var fewest = int.MaxValue;
            var start = _random.Next(count);
            for (var i = 0; i < Math.Min(choiceCount, count); i++)
            {
                // As few as may be chosen from are looked at one by one.
                var slot = count <= choiceCount ? (start + i) % count
                    : context.IsRetry ? UntriedSlots.Draw(Endpoints, _random, context)
                    : _random.Next(count);
                var active = States[slot].InFlight;
                if (active < fewest && !context.HasTried(Endpoints[slot]))
                {
                    best = slot;
                    fewest = active;
                }
            }

            return best >= 0 ? best : start;
        }
    }

    private sealed class WeightedPicker(PickerInput input, int choiceCount, double bias, int[] weights) : EndpointPicker(input)
    {
        private readonly Random _random = input.Random;
        private readonly AliasTable _table = new(weights);

        public override int Choose(in PickContext context)
        {
            if (context.IsRetry)
            {
                return LowestUntried(context);
            }

            var best = _table.Draw(_random);
            var lowest = Load(best);
            for (var i = 1; i < choiceCount && lowest > 0; i++)
            {
                var slot = _table.Draw(_random);
                var load = Load(slot);
                if (load < lowest)
                {
                    best = slot;
                    lowest = load;
                }
            }

            return best;
        }

        internal override bool MayStandIn(int slot, int full) => EndpointWeights.MayStandIn(weights, slot, full);

        // With bias 0 all are the same, and the first that was drawn is taken: by weight alone.
        private double Load(int slot) =>
            bias == 0 ? 0
            : bias == 1 ? (double)States[slot].InFlight / weights[slot]
            : Math.Pow(States[slot].InFlight, bias) / weights[slot];

        private int LowestUntried(in PickContext context)
        {
            var best = -1;
            var lowest = double.PositiveInfinity;
            var start = _random.Next(weights.Length);
            for (var i = 0; i < weights.Length; i++)
            {
                var slot = (start + i) % weights.Length;
                if (weights[slot] > 0 && !context.HasTried(Endpoints[slot]) && Load(slot) is var load && load < lowest)
                {
                    best = slot;
                    lowest = load;
                }
            }

            return best >= 0 ? best : _table.Draw(_random);
        }
    }
}
