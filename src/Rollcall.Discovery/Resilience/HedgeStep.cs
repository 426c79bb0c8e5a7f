namespace Rollcall.Discovery.Resilience;

/// <summary>What follows when one copy of a hedged call has failed.</summary>
public enum HedgeStep
{
    /// <summary>The call ends with this failure.</summary>
    End,

    /// <summary>Nothing: the other copies, or the clock, go on.</summary>
    GoOn,

    /// <summary>The next copy is due at once.</summary>
    SendNow,

    /// <summary>The server said when the next copy may be sent.</summary>
    SendLater,
}
