using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What a channel does for one method: its options and what the service config says about the method. Immutable.</summary>
internal sealed class MethodPolicy
{
    // JSON durations reach to 10,000 years, and the date after that does not exist.
    private static readonly TimeSpan s_forever = TimeSpan.FromDays(36_500);

    /// <param name="limits">The channel's.</param>
    /// <param name="config">What the service config says; null: nothing.</param>
    /// <param name="throttle">The bucket of the channel; null: retries are not throttled.</param>
    public MethodPolicy(ChannelLimits limits, MethodCallConfig? config, RetryThrottle? throttle)
    {
        MaxSendBytes = Math.Min(limits.MaxSendBytes ?? int.MaxValue, config?.MaxRequestMessageBytes ?? int.MaxValue);
        MaxReceiveBytes = Math.Min(limits.MaxReceiveBytes ?? int.MaxValue, config?.MaxResponseMessageBytes ?? int.MaxValue);
        WaitForReady = config?.WaitForReady ?? false;
        Timeout = config?.Timeout is { } timeout && timeout < s_forever ? timeout : null;
        Hedging = limits.MaxAttempts is null or > 1 ? config?.Hedging?.Cap(limits.MaxAttempts) : null;
        Retry = config?.Retry?.Cap(limits.MaxAttempts);
        Throttle = throttle;
    }

    public int MaxSendBytes { get; }

    public int MaxReceiveBytes { get; }

    /// <summary>For calls that say nothing about it.</summary>
    public bool WaitForReady { get; }

    public TimeSpan? Timeout { get; }

    public RetrySettings? Retry { get; }

    public HedgingSettings? Hedging { get; }

    public RetryThrottle? Throttle { get; }
}
