using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A checked, immutable <see cref="RetryPolicy"/>.</summary>
internal sealed class RetrySettings
{
    private readonly uint _retryable;

    private RetrySettings(int maxAttempts, TimeSpan initialBackoff, TimeSpan maxBackoff, double multiplier, uint retryable)
    {
        MaxAttempts = maxAttempts;
        InitialBackoff = initialBackoff;
        MaxBackoff = maxBackoff;
        Multiplier = multiplier;
        _retryable = retryable;
    }

    public int MaxAttempts { get; }

    public TimeSpan InitialBackoff { get; }

    public TimeSpan MaxBackoff { get; }

    public double Multiplier { get; }

    /// <exception cref="ArgumentException">The policy is not complete, or a value is out of range.</exception>
    public static RetrySettings Create(RetryPolicy policy, string owner, int? cap)
    {
        if (policy.MaxAttempts is not { } attempts || attempts < 2)
        {
            throw Invalid(owner, "MaxAttempts must be 2 or more; the first attempt counts");
        }

        if (policy.InitialBackoff is not { } initial || initial <= TimeSpan.Zero)
        {
            throw Invalid(owner, "InitialBackoff must be more than zero, for example TimeSpan.FromMilliseconds(50)");
        }

        if (policy.MaxBackoff is not { } max || max <= TimeSpan.Zero)
        {
            throw Invalid(owner, "MaxBackoff must be more than zero, for example TimeSpan.FromSeconds(1)");
        }

        if (policy.BackoffMultiplier is not { } multiplier || !(multiplier > 0) || double.IsInfinity(multiplier))
        {
            throw Invalid(owner, "BackoffMultiplier must be more than zero, for example 2");
        }

        uint retryable = 0;
        foreach (var code in policy.RetryableStatusCodes)
        {
            if (code is <= StatusCode.OK or > StatusCode.Unauthenticated)
            {
                throw Invalid(owner, $"RetryableStatusCodes has {code}, which is not an error that a call ends with");
            }

            retryable |= 1u << (int)code;
        }

        if (retryable == 0)
        {
            throw Invalid(owner, "RetryableStatusCodes must name a status, for example StatusCode.Unavailable");
        }

        return new RetrySettings(Math.Min(attempts, cap ?? int.MaxValue), initial, max, multiplier, retryable);
    }

    public bool IsRetryable(StatusCode code) => (uint)code < 32 && (_retryable & (1u << (int)code)) != 0;

    /// <summary>The wait before retry <paramref name="number"/> (0 is the first) since the last pushback.</summary>
    public TimeSpan Backoff(int number, Random random)
    {
        var plain = Math.Min(InitialBackoff.TotalMilliseconds * Math.Pow(Multiplier, number), MaxBackoff.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(plain * (0.8 + (0.4 * random.NextDouble())));
    }

    private static ArgumentException Invalid(string owner, string fault) => new($"The retry policy of {owner} is not usable: {fault}.");
}
