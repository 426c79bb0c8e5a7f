namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What a balancer makes of one endpoint at one moment. Immutable.</summary>
public sealed record EndpointDescription
{
    /// <summary>Which.</summary>
    public required Endpoint Endpoint { get; init; }

    /// <summary>How it stands.</summary>
    public required EndpointStanding Standing { get; init; }

    /// <summary>
    /// Whether ordinary calls go to it. True for an ejected one in panic, when too few others are left; false also for one that is healthy but
    /// not needed.
    /// </summary>
    public required bool IsPicked { get; init; }

    /// <summary>Why it is not picked as others are, in words for a person; null when there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>When the standing ends by itself; null when it does not.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The name of its locality group, as in <see cref="BalancerDescription.Localities"/>; null when it is in none.</summary>
    public string? Locality { get; init; }

    /// <summary>The part of its share that it takes: 1, or less while it warms.</summary>
    public double WarmUpFactor { get; init; } = 1;

    /// <summary>Calls that were lent it since it is listed.</summary>
    public long Picks { get; init; }

    /// <summary>Those that have not ended, also of the time before it left the list and came back.</summary>
    public int InFlight { get; init; }

    /// <summary>How many may be in flight, at this moment if that follows the latency; null: as many as come.</summary>
    public int? InFlightLimit { get; init; }

    /// <summary>
    /// The part of its calls that succeeded in the last interval of outlier ejection that had any, from 0 to 1; null while there was none, or no
    /// rule compares endpoints.
    /// </summary>
    public double? SuccessRate { get; init; }

    /// <summary>The median latency of that interval; null while there was none, or no rule asks.</summary>
    public TimeSpan? MedianLatency { get; init; }

    /// <summary>
    /// What calls took lately, as an <see cref="ServiceBalancerOptions.AdaptiveLimit"/> or <see cref="PeakEwmaPolicy"/> goes by it; null: neither is in use,
    /// or nothing is known yet.
    /// </summary>
    public TimeSpan? AverageLatency { get; init; }

    /// <summary>What an <see cref="ServiceBalancerOptions.AdaptiveLimit"/> takes for the latency of an idle endpoint; null: there is none, or it is not measured yet.</summary>
    public TimeSpan? IdleLatency { get; init; }
}
