namespace Rollcall.Discovery.Balancing;

/// <summary>An endpoint lent to one call. Whoever picked calls <see cref="Complete"/> exactly once, when the call has ended.</summary>
public readonly struct PickLease
{
    private readonly EndpointPicker _picker;

    /// <summary>Made by pickers.</summary>
    /// <param name="picker">Is told when the call ends.</param>
    /// <param name="endpoint">The endpoint to call.</param>
    /// <param name="slot">The endpoint's position in the list that the picker was made for.</param>
    public PickLease(EndpointPicker picker, Endpoint endpoint, int slot)
    {
        _picker = picker;
        Endpoint = endpoint;
        Slot = slot;
    }

    /// <summary>The endpoint to call.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>The endpoint's position in the picker's list.</summary>
    internal int Slot { get; }

    /// <summary>Tells the policy how the call ended.</summary>
    public void Complete(in CallOutcome outcome) => _picker?.OnCompleted(Slot, outcome);
}
