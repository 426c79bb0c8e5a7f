namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Durations in the unit of <see cref="TimeProvider.GetTimestamp"/>.</summary>
internal static class Timestamps
{
    public static long ToTimestamp(this TimeProvider time, TimeSpan duration) =>
        (long)Math.Round(duration.TotalSeconds * time.TimestampFrequency);

    /// <summary>A time to wait until that moment has come: in whole milliseconds, as timers count, and never less than it.</summary>
    public static TimeSpan ToWait(this TimeProvider time, long timestamps) =>
        TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(time.ToTimeSpan(timestamps).TotalMilliseconds)));

    public static TimeSpan ToTimeSpan(this TimeProvider time, long timestamps) =>
        TimeSpan.FromTicks((long)Math.Ceiling((double)timestamps * TimeSpan.TicksPerSecond / time.TimestampFrequency));
}
