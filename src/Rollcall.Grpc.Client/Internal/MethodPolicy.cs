using Grpc.Core;
using Rollcall.Discovery.Resilience;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What a channel does for one method: its options and what the service config says about the method. Immutable.</summary>
internal sealed class MethodPolicy
{
    // JSON durations reach to 10,000 years, and the date after that does not exist.
    private static readonly TimeSpan s_forever = TimeSpan.FromDays(36_500);

    /// <param name="options">The channel's.</param>
    /// <param name="config">What the service config says, by its rules; null: nothing.</param>
    public MethodPolicy(GrpcChannelOptions options, MethodConfig? config)
    {
        MaxSendBytes = Math.Min(options.MaxSendMessageSize ?? int.MaxValue, config?.MaxRequestMessageBytes ?? int.MaxValue);
        MaxReceiveBytes = Math.Min(options.MaxReceiveMessageSize ?? int.MaxValue, config?.MaxResponseMessageBytes ?? int.MaxValue);
        WaitForReady = config?.WaitForReady ?? false;
        Timeout = config?.Timeout is { } timeout && timeout < s_forever ? timeout : null;
        Hedging = config?.HedgingPolicy is { } hedging && options.MaxRetryAttempts is null or > 1
            ? new HedgingSettings(hedging.MaxAttempts!.Value, hedging.HedgingDelay ?? TimeSpan.Zero, ToSet(hedging.NonFatalStatusCodes)).Cap(options.MaxRetryAttempts)
            : null;
        Retry = config?.RetryPolicy is { } retry
            ? new RetrySettings(
                retry.MaxAttempts!.Value, retry.InitialBackoff!.Value, retry.MaxBackoff!.Value, retry.BackoffMultiplier!.Value, ToSet(retry.RetryableStatusCodes))
                .Cap(options.MaxRetryAttempts)
            : null;
    }

    public int MaxSendBytes { get; }

    public int MaxReceiveBytes { get; }

    /// <summary>For calls that say nothing about it.</summary>
    public bool WaitForReady { get; }

    public TimeSpan? Timeout { get; }

    public RetrySettings? Retry { get; }

    public HedgingSettings? Hedging { get; }

    private static CallStatusSet ToSet(IEnumerable<StatusCode> codes) => new(codes.Select(static code => (CallStatus)code));
}
