namespace Rollcall.Discovery.Resilience;

/// <summary>
/// The token bucket of gRFC A6, one for all calls to a service: a failure that could be retried takes a token, a call that succeeds gives a part
/// of one back, and nothing is retried or hedged while half of the tokens or fewer are left. So retries end while most calls fail, instead of
/// adding to the load. Thread-safe, lock-free.
/// </summary>
public sealed class RetryThrottle
{
    // In thousandths of a token.
    private readonly int _max;
    private readonly int _ratio;
    private int _tokens;

    /// <param name="maxTokens">The tokens of a full bucket, and what it starts with. From 1 to 1000.</param>
    /// <param name="tokenRatio">What a successful call gives back. From 0.001 to 1000; three decimal places count.</param>
    public RetryThrottle(int maxTokens, double tokenRatio)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxTokens, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokenRatio, 0.001);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokenRatio, 1000);
        _max = maxTokens * 1000;
        _ratio = (int)(tokenRatio * 1000);
        _tokens = _max;
    }

    /// <summary>More than half of the tokens are left.</summary>
    public bool AllowsRetry => Volatile.Read(ref _tokens) > _max / 2;

    /// <summary>An attempt failed with a status that the policy retries, or the server asked not to be retried.</summary>
    public void OnFailure() => Add(-1000);

    /// <summary>A call succeeded.</summary>
    public void OnSuccess()
    {
        // The bucket is full almost always; then nothing is written to memory that all calls share.
        if (Volatile.Read(ref _tokens) < _max)
        {
            Add(_ratio);
        }
    }

    /// <summary>The bucket that takes this one's place when its settings change: as full, in proportion. This one when they are the same.</summary>
    public RetryThrottle Resize(int maxTokens, double tokenRatio)
    {
        var next = new RetryThrottle(maxTokens, tokenRatio);
        if (next._max == _max && next._ratio == _ratio)
        {
            return this;
        }

        next._tokens = (int)((long)Volatile.Read(ref _tokens) * next._max / _max);
        return next;
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
