namespace Rollcall.Discovery.Balancing;

/// <summary>Picks from one fixed list of endpoints; replaced as a whole when the list changes. Thread-safe, allocates nothing, takes no lock.</summary>
public abstract class EndpointPicker
{
    /// <summary>Picks for one call.</summary>
    /// <returns>False when the list is empty.</returns>
    public abstract bool TryPick(in PickContext context, out PickLease lease);

    /// <summary>A call on an endpoint that this picker lent has ended. Default: not of interest.</summary>
    /// <param name="slot">The endpoint's position in the list that the picker was made for.</param>
    /// <param name="outcome">How it ended.</param>
    protected internal virtual void OnCompleted(int slot, in CallOutcome outcome)
    {
    }
}
