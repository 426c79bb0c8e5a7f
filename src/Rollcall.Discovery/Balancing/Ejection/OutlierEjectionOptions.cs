using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>
/// When an endpoint is left out for a while because its calls go worse than those of the others: after gRFC A50 and Envoy's outlier detection,
/// with a rule on latency added. Every caller judges by its own calls, at their end.
/// </summary>
/// <remarks>
/// <para>An endpoint that is ejected for the kth time stays out for k times <see cref="BaseEjectionTime"/>; every <see cref="Interval"/> without
/// ejection takes one off k. Each group of equally near endpoints is judged by itself. Whatever the rules say, one endpoint of the list
/// stays.</para>
/// <para>Refused connections don't count here: they have a shorter memory of their own (<see cref="ServiceBalancerOptions.UnreachableCooldown"/>).
/// Calls that the caller gave up count only for <see cref="Latency"/>.</para>
/// </remarks>
public sealed class OutlierEjectionOptions
{
    /// <summary>How often the rules that compare endpoints are applied. While no calls end nothing runs.</summary>
    /// <value>Default 10 seconds. From 10 milliseconds.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the first ejection of an endpoint lasts.</summary>
    /// <value>Default 30 seconds. More than zero.</value>
    public TimeSpan BaseEjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest ejection.</summary>
    /// <value>Default 5 minutes. Less than <see cref="BaseEjectionTime"/> counts as that.</value>
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>How many endpoints may be ejected at once, of all and of each group, in percent, rounded down; but always one.</summary>
    /// <value>Default 10. From 0 to 100; 0: no endpoint is ejected.</value>
    public int MaxEjectionPercent { get; set; } = 10;

    /// <summary>
    /// Ejects an endpoint after so many failed calls in a row, as soon as the last of them ends, if at least half of the others have
    /// not failed half as often in a row: where all fail alike, none is an outlier. Works with two endpoints.
    /// </summary>
    /// <value>Default 5. 0: the rule is off.</value>
    public int ConsecutiveFailures { get; set; } = 5;

    /// <summary>Ejects endpoints whose share of successful calls is far below that of the others.</summary>
    /// <value>Default null: the rule is off.</value>
    public SuccessRateEjectionOptions? SuccessRate { get; set; }

    /// <summary>Ejects endpoints of whose calls too many fail, whatever the others do.</summary>
    /// <value>Default null: the rule is off.</value>
    public FailurePercentageEjectionOptions? FailurePercentage { get; set; }

    /// <summary>Ejects endpoints that take much longer than the others.</summary>
    /// <value>Default null: the rule is off.</value>
    public LatencyEjectionOptions? Latency { get; set; }

    /// <summary>Whether any rule compares endpoints at intervals.</summary>
    internal bool ComparesAtIntervals => MaxEjectionPercent > 0 && (SuccessRate ?? FailurePercentage ?? (object?)Latency) is not null;

    /// <summary>Whether no rule can eject anything.</summary>
    internal bool IsOff => MaxEjectionPercent == 0 || (ConsecutiveFailures == 0 && !ComparesAtIntervals);

    internal OutlierEjectionOptions Copy()
    {
        var copy = (OutlierEjectionOptions)MemberwiseClone();
        copy.SuccessRate = SuccessRate?.Copy();
        copy.FailurePercentage = FailurePercentage?.Copy();
        copy.Latency = Latency?.Copy();
        return copy;
    }

    internal void Check(OptionFaults faults, string path)
    {
        faults.AtLeast(Interval, TimeSpan.FromMilliseconds(10), $"{path}.{nameof(Interval)}");
        faults.AtLeast(BaseEjectionTime, TimeSpan.FromTicks(1), $"{path}.{nameof(BaseEjectionTime)}");
        faults.AtLeast(MaxEjectionTime, TimeSpan.Zero, $"{path}.{nameof(MaxEjectionTime)}");
        faults.Between(MaxEjectionPercent, 0, 100, $"{path}.{nameof(MaxEjectionPercent)}");
        faults.AtLeast(ConsecutiveFailures, 0, $"{path}.{nameof(ConsecutiveFailures)}");
        SuccessRate?.Check(faults, $"{path}.{nameof(SuccessRate)}");
        FailurePercentage?.Check(faults, $"{path}.{nameof(FailurePercentage)}");
        Latency?.Check(faults, $"{path}.{nameof(Latency)}");
    }
}
