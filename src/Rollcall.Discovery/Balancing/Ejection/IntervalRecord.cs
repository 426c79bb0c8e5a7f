namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>How the calls of one endpoint ended in one interval. Immutable.</summary>
/// <param name="Successes">Calls that it answered.</param>
/// <param name="Failures">Calls that it failed.</param>
/// <param name="Median">The median latency of <paramref name="Timed"/> calls.</param>
/// <param name="Timed">Calls whose latency counts; 0 when no rule asks.</param>
internal sealed record IntervalRecord(int Successes, int Failures, TimeSpan Median, int Timed)
{
    public static IntervalRecord None { get; } = new(0, 0, TimeSpan.Zero, 0);

    public int Calls => Successes + Failures;

    /// <summary>From 0 to 1. Only if there were calls.</summary>
    public double SuccessRate => (double)Successes / Calls;
}
