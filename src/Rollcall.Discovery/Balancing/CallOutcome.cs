namespace Rollcall.Discovery.Balancing;

/// <summary>How a call on an endpoint ended; taken at the end of the call, not at its headers.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Latency">From the pick to the end of the call.</param>
public readonly record struct CallOutcome(CallResult Result, TimeSpan Latency)
{
    /// <summary>
    /// Whether the caller, who gave up (<see cref="CallResult.Cancelled"/>), had had an answer: a stream that its reader closed, a body that nobody read to its
    /// end. Then the latency is how long the caller stayed, and not how slow the endpoint is. Not so who waited for the rest of one message or of a whole body.
    /// Says nothing beside other results.
    /// </summary>
    /// <value>Default false.</value>
    public bool IsAnswered { get; init; }

    /// <summary>Whether the caller gave up waiting, so that the endpoint took at least so long. A lease that was given back unused took no time.</summary>
    internal bool IsGivenUpWaiting => Result == CallResult.Cancelled && !IsAnswered && Latency > TimeSpan.Zero;
}
