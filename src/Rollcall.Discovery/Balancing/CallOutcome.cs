namespace Rollcall.Discovery.Balancing;

/// <summary>How a call on an endpoint ended; taken at the end of the call, not at its headers.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Latency">From the pick to the end of the call.</param>
public readonly record struct CallOutcome(CallResult Result, TimeSpan Latency)
{
    /// <summary>
    /// Whether the caller, who gave up (<see cref="CallResult.Cancelled"/>), had had an answer: a stream that its reader closed or that ran to its deadline, a
    /// body that nobody read to its end. Then the latency is how long the caller stayed, and not how slow the endpoint is. Not so who waited for the rest of one
    /// message or of a whole body.
    /// Says nothing beside other results.
    /// </summary>
    /// <value>Default false.</value>
    public bool IsAnswered { get; init; }

    /// <summary>
    /// Whether it was a stream, of requests or of responses, whatever the result: then <see cref="Latency"/> is how long it lived, as its caller and its
    /// server liked, and not how slow the endpoint is. Not so a copy of a hedged stream whose answer another one began first.
    /// </summary>
    /// <value>Default false.</value>
    public bool IsStream { get; init; }

    /// <summary>What a <see cref="CallResult.Failure"/> was, in words for a person: why its endpoint is ejected ends with the last one. Cut and put on one line there.</summary>
    /// <value>Default null: not told.</value>
    public string? Reason { get; init; }

    /// <summary>
    /// How long the endpoint took to begin its answer to a stream: from the pick to the response headers. Known where the request was whole from the start,
    /// so that nothing else was waited for. Says nothing where <see cref="IsStream"/> is false.
    /// </summary>
    /// <value>Default null: not known.</value>
    public TimeSpan? AnsweredAfter { get; init; }

    /// <summary>
    /// What the call says of how slow the endpoint is, beside failures, which may be quick or slow for reasons of their own. Where the caller gave up waiting it
    /// took at least so long. Null: nothing. A lease that was given back unused took no time, a stream that its reader or its deadline ended may have had
    /// nothing to say, and of one that its server ended the time to its headers counts.
    /// </summary>
    internal TimeSpan? TimeTaken => Result switch
    {
        CallResult.Success => IsStream ? AnsweredAfter : Latency,
        CallResult.Cancelled when !IsAnswered && !IsStream && Latency > TimeSpan.Zero => Latency,
        _ => null,
    };
}
