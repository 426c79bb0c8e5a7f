namespace Rollcall.Discovery.Balancing;

/// <summary>An endpoint lent to one call. Whoever picked calls <see cref="Complete"/> exactly once, when the call has ended.</summary>
public readonly struct PickLease
{
    private readonly EndpointPicker _picker;

    /// <summary>Made by pickers.</summary>
    internal PickLease(EndpointPicker picker, int slot)
    {
        _picker = picker;
        Slot = slot;
    }

    /// <summary>The endpoint to call.</summary>
    public Endpoint Endpoint => _picker.Endpoints[Slot];

    /// <summary>The endpoint's position in the picker's list.</summary>
    public int Slot { get; }

    /// <summary>Who lent it: another one after each change of the list.</summary>
    internal EndpointPicker Picker => _picker;

    /// <summary>What is known of the endpoint.</summary>
    internal EndpointState State => _picker.States[Slot];

    /// <summary>Tells the policy how the call ended.</summary>
    public void Complete(in CallOutcome outcome) => _picker?.Complete(Slot, outcome);
}
