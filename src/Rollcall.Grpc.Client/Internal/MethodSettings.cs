using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Finds what the options and the service config of a channel say for a method. Immutable.</summary>
internal sealed class MethodSettings
{
    private readonly ChannelLimits _limits;
    private readonly ServiceCallConfig? _config;
    private readonly RetryThrottle? _throttle;

    /// <param name="limits">The channel's.</param>
    /// <param name="config">The service config in use; null: none.</param>
    /// <param name="previous">The settings that these take the place of: how full the bucket of tokens is goes on. Null: none.</param>
    public MethodSettings(ChannelLimits limits, ServiceCallConfig? config, MethodSettings? previous = null)
    {
        _limits = limits;
        _config = config;
        _throttle = config?.RetryThrottling is not { } throttling ? null
            : previous?._throttle is { } bucket ? bucket.Resize(throttling.MaxTokens, throttling.TokenRatio)
            : new RetryThrottle(throttling.MaxTokens, throttling.TokenRatio);
    }

    /// <param name="service">The service with its package.</param>
    /// <param name="method">The method's own name.</param>
    public MethodPolicy Find(string service, string method) => new(_limits, _config?.FindMethod(service, method), _throttle);
}
