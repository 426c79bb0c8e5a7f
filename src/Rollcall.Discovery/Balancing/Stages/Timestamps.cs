namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Durations in the unit of <see cref="TimeProvider.GetTimestamp"/>.</summary>
internal static class Timestamps
{
    // Timers take no more than 49 days; what lasts longer is looked at again meanwhile.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(1);

    /// <summary>So long after a moment; <see cref="long.MaxValue"/>, which is never, where the numbers end.</summary>
    public static long After(this TimeProvider time, long moment, TimeSpan duration, double factor = 1)
    {
        var span = time.ToTimestamp(duration, factor);
        return span < long.MaxValue - moment ? moment + span : long.MaxValue;
    }

    public static long ToTimestamp(this TimeProvider time, TimeSpan duration, double factor = 1) =>
        (long)Math.Round(duration.TotalSeconds * time.TimestampFrequency * factor);

    /// <summary>For a timer: in whole milliseconds, as timers count, and no less than asked for, but a day at most.</summary>
    public static TimeSpan ToWait(this TimeProvider time, long timestamps) =>
        TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(time.ToTimeSpan(timestamps).TotalMilliseconds), 1, s_longestWait.TotalMilliseconds));

    /// <summary>So long after a moment; <see cref="DateTimeOffset.MaxValue"/> where the calendar ends.</summary>
    public static DateTimeOffset After(DateTimeOffset moment, TimeSpan duration) =>
        duration < DateTimeOffset.MaxValue - moment ? moment + duration : DateTimeOffset.MaxValue;

    public static TimeSpan ToTimeSpan(this TimeProvider time, long timestamps) =>
        TimeSpan.FromTicks((long)Math.Ceiling((double)timestamps * TimeSpan.TicksPerSecond / time.TimestampFrequency));
}
