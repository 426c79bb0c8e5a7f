using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>What a balancer picks from, for one list of endpoints and one state of the cooldown. Immutable.</summary>
/// <param name="endpoints">The whole list.</param>
/// <param name="states">What is known of its endpoints.</param>
/// <param name="split">How it was parted.</param>
/// <param name="open">Picks from the open part.</param>
/// <param name="cooling">Picks from the part that is left out; null when that is empty.</param>
internal sealed class PickerSet(
    ImmutableArray<Endpoint> endpoints, EndpointStates states, CooldownSplit split, EndpointPicker open, EndpointPicker? cooling)
{
    public EndpointStates States => states;

    public EndpointPicker Open => open;

    public EndpointPicker? Cooling => cooling;

    /// <summary>When a part that is left out has to be let in again.</summary>
    public long NextExpiry => split.NextExpiry;

    public bool IsFor(ImmutableArray<Endpoint> current, int cooldownVersion) => endpoints == current && split.Version == cooldownVersion;

    public bool TryPick(in PickContext context, out PickLease lease)
    {
        if (!open.TryPick(context, out lease))
        {
            return false;
        }

        if (cooling is null || !context.HasTried(lease.Endpoint))
        {
            return true;
        }

        // Everything that is open has been tried by this call: an endpoint that refused others is still better than one that failed this call.
        if (cooling.TryPick(context, out var other) && !context.HasTried(other.Endpoint))
        {
            lease.Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.Zero));
            lease = other;
        }
        return true;
    }
}
