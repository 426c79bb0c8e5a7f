using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>A policy's picker whose outcomes the balancer hears of as well.</summary>
internal sealed class TrackingPicker(ServiceBalancer balancer, ImmutableArray<Endpoint> endpoints, EndpointPicker inner) : EndpointPicker
{
    public EndpointPicker Inner => inner;

    public override bool TryPick(in PickContext context, out PickLease lease)
    {
        if (!inner.TryPick(context, out var picked))
        {
            lease = default;
            return false;
        }
        lease = new PickLease(this, picked.Endpoint, picked.Slot);
        return true;
    }

    protected internal override void OnCompleted(int slot, in CallOutcome outcome)
    {
        inner.OnCompleted(slot, outcome);
        balancer.OnCompleted(endpoints[slot], outcome);
    }
}
