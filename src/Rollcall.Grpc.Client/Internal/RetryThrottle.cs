using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The token bucket of gRFC A6, in thousandths of a token. Thread-safe.</summary>
internal sealed class RetryThrottle
{
    private readonly int _max;
    private readonly int _ratio;
    private int _tokens;

    /// <param name="policy">Complete, by <see cref="ServiceConfigRules"/>.</param>
    public RetryThrottle(RetryThrottlingPolicy policy)
    {
        _max = policy.MaxTokens!.Value * 1000;
        _ratio = (int)(policy.TokenRatio!.Value * 1000);
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
