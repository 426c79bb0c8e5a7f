namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Durations in the unit of <see cref="TimeProvider.GetTimestamp"/>.</summary>
internal static class Timestamps
{
    public static long ToTimestamp(this TimeProvider time, TimeSpan duration) =>
        (long)Math.Round(duration.TotalSeconds * time.TimestampFrequency);

    public static TimeSpan ToTimeSpan(this TimeProvider time, long timestamps) =>
        TimeSpan.FromTicks((long)Math.Ceiling((double)timestamps * TimeSpan.TicksPerSecond / time.TimestampFrequency));
}
