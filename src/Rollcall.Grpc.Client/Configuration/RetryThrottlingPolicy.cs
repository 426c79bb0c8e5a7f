namespace Rollcall.Grpc.Client.Configuration;

/// <summary>
/// A bucket of tokens for the whole channel (gRFC A6): a failure that could be retried takes one, a call that succeeds gives
/// <see cref="TokenRatio"/> back, and there are no retries while half of the tokens or fewer are left.
/// </summary>
public sealed class RetryThrottlingPolicy
{
    /// <summary>The tokens of a full bucket. From 1 to 1000.</summary>
    public int? MaxTokens { get; set; }

    /// <summary>What a successful call gives back. More than zero; three decimal places count.</summary>
    public double? TokenRatio { get; set; }
}
