using System.Collections.Immutable;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>round_robin</c>: one after the other, whatever their weights. Each client starts at a random endpoint, because otherwise all of them
/// hit the first one together; a new list goes on after the endpoint that was used last.
/// </summary>
public sealed class RoundRobinPolicy : IBalancingPolicy
{
    /// <inheritdoc/>
    public string Name => "round_robin";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Endpoints.IsEmpty)
        {
            return new Picker(input, 0);
        }

        var start = input.Previous is Picker old ? old.Successor(input.Endpoints) : -1;
        return new Picker(input, start >= 0 ? start : input.Random.Next(input.Endpoints.Length));
    }

    private sealed class Picker(PickerInput input, int start) : EndpointPicker(input)
    {
        // 64 bits: a counter that wraps would skip or repeat endpoints once at the wrap.
        private SharedCounter _next = new(start - 1L);

        public override int Choose(in PickContext context) => (int)((ulong)_next.Increment() % (uint)Endpoints.Length);

        /// <summary>Where the next picker has to start: after the endpoint used last, or where that one was. -1: this list was empty.</summary>
        public int Successor(ImmutableArray<Endpoint> successors)
        {
            if (Endpoints.IsEmpty)
            {
                return -1;
            }

            // Before the first pick the last used is -1, the one before the first: adding the length keeps the order.
            var last = (int)((ulong)(_next.Value + Endpoints.Length) % (uint)Endpoints.Length);
            var found = successors.IndexOf(Endpoints[last]);
            return found >= 0 ? (found + 1) % successors.Length : last % successors.Length;
        }
    }
}
