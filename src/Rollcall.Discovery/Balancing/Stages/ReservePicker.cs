namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>
/// Picks for a call that has tried everything that the policy picks from: the first endpoint that it has not tried, in the order of the list. So
/// rare that a scan will do.
/// </summary>
internal sealed class ReservePicker(PickerInput input) : EndpointPicker(input)
{
    public override int Choose(in PickContext context)
    {
        for (var slot = 0; slot < Endpoints.Length; slot++)
        {
            if (!context.HasTried(Endpoints[slot]))
            {
                return slot;
            }
        }

        return -1;
    }
}
