using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary><c>random</c>: each call goes to any endpoint with equal chance, whatever their weights.</summary>
public sealed class RandomPolicy : IBalancingPolicy
{
    private readonly Random _random;

    /// <param name="random">Must be thread-safe when calls are concurrent. Null: <see cref="Random.Shared"/>.</param>
    public RandomPolicy(Random? random = null) => _random = random ?? Random.Shared;

    /// <inheritdoc/>
    public string Name => "random";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(ImmutableArray<Endpoint> endpoints, EndpointPicker? previous) => new Picker(endpoints, _random);

    private sealed class Picker(ImmutableArray<Endpoint> endpoints, Random random) : EndpointPicker
    {
        public override bool TryPick(in PickContext context, out PickLease lease)
        {
            if (endpoints.IsEmpty)
            {
                lease = default;
                return false;
            }
            var slot = context.IsRetry ? PickUntried(context) : random.Next(endpoints.Length);
            lease = new PickLease(this, endpoints[slot], slot);
            return true;
        }

        private int PickUntried(in PickContext context)
        {
            var untried = UntriedSlots.Count(endpoints, context);
            return untried == 0 ? random.Next(endpoints.Length) : UntriedSlots.Nth(endpoints, random.Next(untried), context);
        }
    }
}
