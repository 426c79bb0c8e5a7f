using System.Collections.Immutable;

namespace Rollcall.Discovery.Resilience;

/// <summary>How copies of a slow call are sent to further endpoints at the same time (gRFC A6). Immutable.</summary>
public sealed class HedgingSettings
{
    // Timers take no more than some weeks.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    /// <param name="maxAttempts">Copies of one call, the first included. From 1; 1 sends no copies.</param>
    /// <param name="delay">The wait before each further copy; zero: all are sent at once. Not negative; above a day counts as a day.</param>
    /// <param name="nonFatal">Statuses after which the next copy is sent at once; any other one ends the call. May be empty.</param>
    public HedgingSettings(int maxAttempts, TimeSpan delay, CallStatusSet nonFatal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        MaxAttempts = maxAttempts;
        Delay = delay < s_longest ? delay : s_longest;
        NonFatal = nonFatal;
    }

    /// <summary>Copies of one call, the first included.</summary>
    public int MaxAttempts { get; }

    /// <summary>The wait before each further copy.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Statuses after which the next copy is sent at once.</summary>
    public CallStatusSet NonFatal { get; }

    /// <summary>HTTP statuses after which the next copy is sent at once. Empty: those that <see cref="NonFatal"/> means by gRPC's table.</summary>
    public ImmutableArray<int> NonFatalHttpStatuses { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The same with no more copies than this.</summary>
    /// <param name="maxAttempts">From 1. Null: no cap.</param>
    public HedgingSettings Cap(int? maxAttempts) =>
        maxAttempts is { } cap && cap < MaxAttempts ? new(cap, Delay, NonFatal) { NonFatalHttpStatuses = NonFatalHttpStatuses } : this;

    /// <summary>Whether an HTTP status is one of those; as <see cref="RetrySettings.RetriesHttp"/>.</summary>
    public bool IsNonFatalHttp(int httpStatus) => HttpStatuses.Contains(httpStatus, NonFatalHttpStatuses, NonFatal);
}
