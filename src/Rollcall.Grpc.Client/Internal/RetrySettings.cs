using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A <see cref="RetryPolicy"/> that was checked. Immutable.</summary>
/// <param name="policy">Complete, by <see cref="ServiceConfigRules"/>.</param>
/// <param name="cap">Most attempts, whatever the policy says; null: no cap.</param>
internal sealed class RetrySettings(RetryPolicy policy, int? cap)
{
    // Timers take no more than some weeks.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private readonly TimeSpan _initialBackoff = policy.InitialBackoff!.Value;
    private readonly TimeSpan _maxBackoff = policy.MaxBackoff!.Value < s_longest ? policy.MaxBackoff.Value : s_longest;
    private readonly double _multiplier = policy.BackoffMultiplier!.Value;
    private readonly StatusCodeSet _retryable = new(policy.RetryableStatusCodes);

    public int MaxAttempts { get; } = Math.Min(policy.MaxAttempts!.Value, cap ?? int.MaxValue);

    public bool IsRetryable(StatusCode code) => _retryable.Contains(code);

    /// <summary>The wait before retry <paramref name="number"/> (0 is the first) since the last pushback.</summary>
    public TimeSpan Backoff(int number, Random random)
    {
        var plain = Math.Min(_initialBackoff.TotalMilliseconds * Math.Pow(_multiplier, number), _maxBackoff.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(plain * (0.8 + (0.4 * random.NextDouble())));
    }
}
