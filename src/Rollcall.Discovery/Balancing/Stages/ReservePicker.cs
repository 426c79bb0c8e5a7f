namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>
/// Picks for a call that has tried everything that the policy picks from: an endpoint that it has not tried, the first from a random place on. So
/// rare that a scan will do.
/// </summary>
internal sealed class ReservePicker(PickerInput input) : EndpointPicker(input)
{
    private readonly Random _random = input.Random;

    public override int Choose(in PickContext context)
    {
        var slot = UntriedSlots.FirstFrom(Endpoints, _random.Next(Endpoints.Length), context);
        return context.HasTried(Endpoints[slot]) ? -1 : slot;
    }
}
