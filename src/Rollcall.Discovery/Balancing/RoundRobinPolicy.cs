using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>round_robin</c>: one after the other, whatever their weights. Each client starts at a random endpoint, because otherwise all of them
/// hit the first one together; a new list goes on after the endpoint that was used last.
/// </summary>
public sealed class RoundRobinPolicy : IBalancingPolicy
{
    private readonly Random _random;

    /// <param name="random">Chooses where a client starts; must be thread-safe. Null: <see cref="Random.Shared"/>.</param>
    public RoundRobinPolicy(Random? random = null) => _random = random ?? Random.Shared;

    /// <inheritdoc/>
    public string Name => "round_robin";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(ImmutableArray<Endpoint> endpoints, EndpointPicker? previous)
    {
        if (endpoints.IsEmpty)
        {
            return new Picker(endpoints, 0);
        }

        var start = previous is Picker old ? old.Successor(endpoints) : -1;
        return new Picker(endpoints, start >= 0 ? start : _random.Next(endpoints.Length));
    }

    private sealed class Picker(ImmutableArray<Endpoint> endpoints, int start) : EndpointPicker
    {
        // 64 bits: a counter that wraps would skip or repeat endpoints once at the wrap.
        private long _next = start - 1L;

        public override bool TryPick(in PickContext context, out PickLease lease)
        {
            if (endpoints.IsEmpty)
            {
                lease = default;
                return false;
            }
            var slot = (int)((ulong)Interlocked.Increment(ref _next) % (uint)endpoints.Length);
            if (context.IsRetry)
            {
                slot = UntriedSlots.FirstFrom(endpoints, slot, context);
            }

            lease = new PickLease(this, endpoints[slot], slot);
            return true;
        }

        /// <summary>Where the next picker has to start: after the endpoint used last, or where that one was. -1: this list was empty.</summary>
        public int Successor(ImmutableArray<Endpoint> successors)
        {
            if (endpoints.IsEmpty)
            {
                return -1;
            }

            // Before the first pick the last used is -1, the one before the first: adding the length keeps the order.
            var last = (int)((ulong)(Volatile.Read(ref _next) + endpoints.Length) % (uint)endpoints.Length);
            var found = successors.IndexOf(endpoints[last]);
            return found >= 0 ? (found + 1) % successors.Length : last % successors.Length;
        }
    }
}
