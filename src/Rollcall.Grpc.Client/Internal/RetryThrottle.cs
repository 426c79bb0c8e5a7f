using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The token bucket of gRFC A6, in thousandths of a token. Thread-safe.</summary>
internal sealed class RetryThrottle
{
    private readonly int _max;
    private readonly int _ratio;
    private int _tokens;

    /// <exception cref="ArgumentException">A value is missing or out of range.</exception>
    public RetryThrottle(RetryThrottlingPolicy policy)
    {
        if (policy.MaxTokens is not (>= 1 and <= 1000))
        {
            throw new ArgumentException("RetryThrottling.MaxTokens must be from 1 to 1000, for example 10.");
        }

        if (policy.TokenRatio is not (>= 0.001 and <= 1000))
        {
            throw new ArgumentException("RetryThrottling.TokenRatio must be from 0.001 to 1000, for example 0.1.");
        }

        _max = policy.MaxTokens.Value * 1000;
        _ratio = (int)(policy.TokenRatio.Value * 1000);
        _tokens = _max;
    }

    /// <summary>More than half of the tokens are left.</summary>
    public bool AllowsRetry => Volatile.Read(ref _tokens) > _max / 2;

    public void OnFailure() => Add(-1000);

    public void OnSuccess()
    {
        // The bucket is full almost always; then nothing is written to memory that all calls share.
        if (Volatile.Read(ref _tokens) < _max)
        {
            Add(_ratio);
        }
    }

    private void Add(int amount)
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _tokens);
        }
        while (Interlocked.CompareExchange(ref _tokens, Math.Clamp(seen + amount, 0, _max), seen) != seen);
    }
}
