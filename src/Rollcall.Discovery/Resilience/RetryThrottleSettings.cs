namespace Rollcall.Discovery.Resilience;

/// <summary>What a <see cref="RetryThrottle"/> is made from.</summary>
/// <param name="MaxTokens">The tokens of a full bucket. From 1 to 1000.</param>
/// <param name="TokenRatio">What a successful call gives back. From 0.001 to 1000; three decimal places count.</param>
public sealed record RetryThrottleSettings(int MaxTokens, double TokenRatio);
