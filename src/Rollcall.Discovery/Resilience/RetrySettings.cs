using System.Collections.Immutable;

namespace Rollcall.Discovery.Resilience;

/// <summary>How calls are repeated after a failure (gRFC A6). Immutable.</summary>
public sealed class RetrySettings
{
    // Timers take no more than some weeks.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    /// <param name="maxAttempts">Attempts of one call, the first included. From 1; 1 never retries.</param>
    /// <param name="initialBackoff">The wait before the first retry, times a random factor from 0.8 to 1.2. More than zero.</param>
    /// <param name="maxBackoff">The longest wait, before the random factor. More than zero; above a day counts as a day.</param>
    /// <param name="backoffMultiplier">What each retry multiplies the wait by. More than zero.</param>
    /// <param name="retryable">The statuses that are retried.</param>
    public RetrySettings(
        int maxAttempts, TimeSpan initialBackoff, TimeSpan maxBackoff, double backoffMultiplier, CallStatusSet retryable)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(initialBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(backoffMultiplier);
        MaxAttempts = maxAttempts;
        InitialBackoff = initialBackoff;
        MaxBackoff = maxBackoff;
        BackoffMultiplier = backoffMultiplier;
        Retryable = retryable;
    }

    /// <summary>Attempts of one call, the first included.</summary>
    public int MaxAttempts { get; }

    /// <summary>The wait before the first retry, before the random factor.</summary>
    public TimeSpan InitialBackoff { get; }

    /// <summary>The longest wait, before the random factor.</summary>
    public TimeSpan MaxBackoff { get; }

    /// <summary>What each retry multiplies the wait by.</summary>
    public double BackoffMultiplier { get; }

    /// <summary>The statuses that are retried.</summary>
    public CallStatusSet Retryable { get; }

    /// <summary>HTTP statuses that are retried. Empty: those that <see cref="Retryable"/> means by gRPC's table.</summary>
    public ImmutableArray<int> RetryableHttpStatuses { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The same with no more attempts than this.</summary>
    /// <param name="maxAttempts">From 1. Null: no cap.</param>
    public RetrySettings Cap(int? maxAttempts) =>
        maxAttempts is { } cap && cap < MaxAttempts
            ? new(cap, InitialBackoff, MaxBackoff, BackoffMultiplier, Retryable) { RetryableHttpStatuses = RetryableHttpStatuses }
            : this;

    /// <summary>Whether an HTTP status is retried: by gRPC's table only 408, 429 and those from 500, and <c>UNAVAILABLE</c> is 429, 502, 503 and 504.</summary>
    public bool RetriesHttp(int httpStatus) => HttpStatuses.Contains(httpStatus, RetryableHttpStatuses, Retryable);

    /// <summary>The wait before a retry: it grows by the multiplier up to the longest, and is then spread by a random factor from 0.8 to 1.2.</summary>
    /// <param name="number">0 for the first retry, or the first since the server said itself how long to wait.</param>
    /// <param name="random">Where the factor comes from.</param>
    public TimeSpan Backoff(int number, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentNullException.ThrowIfNull(random);
        var longest = MaxBackoff < s_longest ? MaxBackoff : s_longest;
        var plain = Math.Min(InitialBackoff.TotalMilliseconds * Math.Pow(BackoffMultiplier, number), longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(plain * (0.8 + (0.4 * random.NextDouble())));
    }
}
