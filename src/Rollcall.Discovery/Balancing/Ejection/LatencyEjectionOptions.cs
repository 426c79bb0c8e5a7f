using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>
/// Ejects endpoints whose median latency in the last interval is far above the median of the others' medians. Medians, because one endless stream or
/// one expensive call must not speak for an endpoint. For services whose endpoints get the same mix of calls: not with policies that hash, where an
/// endpoint may be slow because its keys are.
/// </summary>
/// <remarks>
/// Counted are calls that succeeded, and those that were given up, with the time that they had taken by then: an endpoint that hangs has no others.
/// </remarks>
public sealed class LatencyEjectionOptions
{
    /// <summary>How many times the others' median is too much.</summary>
    /// <value>Default 3. More than 1.</value>
    public double Factor { get; set; } = 3;

    /// <summary>By how much at least the median must be above the others', so that no endpoint is ejected over a difference that nobody feels.</summary>
    /// <value>Default 10 milliseconds. Zero or more.</value>
    public TimeSpan MinimumExcess { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How likely an endpoint is ejected that the rule has found, in percent.</summary>
    /// <value>Default 100. From 0 to 100.</value>
    public int EnforcementPercent { get; set; } = 100;

    /// <summary>How many endpoints must have had enough calls.</summary>
    /// <value>Default 3. From 2.</value>
    public int MinimumHosts { get; set; } = 3;

    /// <summary>How many calls of an endpoint in an interval are enough.</summary>
    /// <value>Default 20. From 1.</value>
    public int RequestVolume { get; set; } = 20;

    internal LatencyEjectionOptions Copy() => (LatencyEjectionOptions)MemberwiseClone();

    internal void Check(OptionFaults faults, string path)
    {
        faults.Between(Factor, 1.001, 1000, $"{path}.{nameof(Factor)}");
        faults.AtLeast(MinimumExcess, TimeSpan.Zero, $"{path}.{nameof(MinimumExcess)}");
        faults.Between(EnforcementPercent, 0, 100, $"{path}.{nameof(EnforcementPercent)}");
        faults.AtLeast(MinimumHosts, 2, $"{path}.{nameof(MinimumHosts)}");
        faults.AtLeast(RequestVolume, 1, $"{path}.{nameof(RequestVolume)}");
    }
}
