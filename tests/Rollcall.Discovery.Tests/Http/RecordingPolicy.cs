using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Picks the first untried endpoint, always, and keeps how calls ended.</summary>
internal sealed class RecordingPolicy : IBalancingPolicy
{
    public string Name => "recording";

    public ConcurrentQueue<(Endpoint Endpoint, CallOutcome Outcome)> Ended { get; } = new();

    public CallResult[] Results => [.. Ended.Select(e => e.Outcome.Result)];

    public EndpointPicker CreatePicker(ImmutableArray<Endpoint> endpoints, EndpointPicker? previous) => new Picker(this, endpoints);

    private sealed class Picker(RecordingPolicy policy, ImmutableArray<Endpoint> endpoints) : EndpointPicker
    {
        public override bool TryPick(in PickContext context, out PickLease lease)
        {
            for (var i = 0; i < endpoints.Length; i++)
            {
                if (!context.HasTried(endpoints[i]))
                {
                    lease = new PickLease(this, endpoints[i], i);
                    return true;
                }
            }
            lease = default;
            return false;
        }

        protected internal override void OnCompleted(int slot, in CallOutcome outcome) => policy.Ended.Enqueue((endpoints[slot], outcome));
    }
}
