namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>A level of a roster that takes calls, with the picker over those of its endpoints that are in use. Immutable.</summary>
/// <param name="Split">The level.</param>
/// <param name="Share">The part of the calls that it takes.</param>
/// <param name="Picker">The policy's.</param>
internal sealed record PickGroup(HealthSplit Split, double Share, EndpointPicker Picker)
{
    /// <param name="context">The call.</param>
    /// <param name="untriedOnly">Nothing rather than an endpoint that the call has tried.</param>
    /// <param name="lease">The endpoint, when true is returned.</param>
    public bool TryPick(in PickContext context, bool untriedOnly, out PickLease lease)
    {
        var slot = Picker.ChooseFor(context);
        if (slot < 0 || (untriedOnly && context.HasTried(Picker.Endpoints[slot])))
        {
            if (slot >= 0)
            {
                Picker.OnReplaced(slot, -1);
            }

            lease = default;
            return false;
        }

        lease = Picker.Lend(slot);
        return true;
    }
}
