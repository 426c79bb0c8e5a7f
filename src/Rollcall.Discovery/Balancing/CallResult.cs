namespace Rollcall.Discovery.Balancing;

/// <summary>What became of a call, as far as it says something about the endpoint.</summary>
public enum CallResult
{
    /// <summary>The endpoint answered; an error that is the caller's own fault counts as an answer.</summary>
    Success,

    /// <summary>The endpoint answered that it can't serve, or broke off.</summary>
    Failure,

    /// <summary>No connection: the call never reached it.</summary>
    Unreachable,

    /// <summary>
    /// The caller gave up, or another instance was faster: neither good nor bad of the endpoint, but that it took at least so long. That counts where
    /// latencies are compared (ejection by latency, <c>peak_ewma</c>), unless the caller had had an answer (<see cref="CallOutcome.IsAnswered"/>) or
    /// the call was a stream (<see cref="CallOutcome.IsStream"/>); with a latency of zero nothing does.
    /// </summary>
    Cancelled,
}
