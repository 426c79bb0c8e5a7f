using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>pick_first</c>: one endpoint for as long as it is there and reachable, then the next. Few connections, no spreading.
/// </summary>
public sealed class PickFirstPolicy : IBalancingPolicy
{
    private readonly bool _shuffle;
    private readonly Random _random;

    /// <param name="shuffle">Start at a random endpoint rather than the first, so that many clients do not all use the same one (gRFC A62).</param>
    /// <param name="random">Must be thread-safe. Null: <see cref="Random.Shared"/>.</param>
    public PickFirstPolicy(bool shuffle = false, Random? random = null)
    {
        _shuffle = shuffle;
        _random = random ?? Random.Shared;
    }

    /// <inheritdoc/>
    public string Name => "pick_first";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(ImmutableArray<Endpoint> endpoints, EndpointPicker? previous)
    {
        var chosen = previous is Picker { Chosen: { } current } ? endpoints.IndexOf(current) : -1;
        if (chosen < 0)
        {
            chosen = _shuffle && endpoints.Length > 1 ? _random.Next(endpoints.Length) : 0;
        }

        return new Picker(endpoints, chosen);
    }

    private sealed class Picker(ImmutableArray<Endpoint> endpoints, int chosen) : EndpointPicker
    {
        public Endpoint? Chosen => endpoints.IsEmpty ? null : endpoints[chosen];

        public override bool TryPick(in PickContext context, out PickLease lease)
        {
            if (endpoints.IsEmpty)
            {
                lease = default;
                return false;
            }
            var slot = context.IsRetry ? UntriedSlots.FirstFrom(endpoints, chosen, context) : chosen;
            lease = new PickLease(this, endpoints[slot], slot);
            return true;
        }
    }
}
