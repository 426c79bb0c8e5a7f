namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What the stages before the policy make of an endpoint.</summary>
public enum EndpointStanding
{
    /// <summary>The policy picks it like any other.</summary>
    Picked,

    /// <summary>It is new and takes a growing part of its share (slow start).</summary>
    Warming,

    /// <summary>It has as many calls in flight as it may have; picks skip it.</summary>
    Full,

    /// <summary>Nearer endpoints take the calls: it comes into use when too few of them are healthy, and for a call that has tried them all or finds them full.</summary>
    StandBy,

    /// <summary>Left out because of how its calls went (outlier ejection).</summary>
    Ejected,

    /// <summary>Left out because it refused connections.</summary>
    CoolingDown,

    /// <summary>This caller's subset of the list does not hold it.</summary>
    OutsideSubset,
}
