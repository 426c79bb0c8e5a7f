using System.Collections.Frozen;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>What a handler does for the requests to one service, by its options and the service config in force. Immutable.</summary>
internal sealed class ServicePolicies
{
    private readonly HttpCallSettings _settings;
    private readonly ServiceCallConfig? _config;
    private readonly RetryThrottle? _throttle;
    private readonly RequestPolicy _otherwise;
    private readonly FrozenDictionary<MethodCallConfig, (RequestPolicy Safe, RequestPolicy Any)> _configured;

    /// <param name="settings">The handler's.</param>
    public ServicePolicies(HttpCallSettings settings)
        : this(settings, null, null)
    {
    }

    private ServicePolicies(HttpCallSettings settings, ServiceCallConfig? config, RetryThrottle? previous)
    {
        _settings = settings;
        _config = config;
        _throttle = (config?.RetryThrottling ?? settings.RetryThrottling) is not { } throttling ? null
            : previous?.Resize(throttling.MaxTokens, throttling.TokenRatio) ?? new RetryThrottle(throttling.MaxTokens, throttling.TokenRatio);
        _otherwise = settings.Policy with { Throttle = _throttle };
        _configured = (config?.Methods ?? []).ToFrozenDictionary(static method => method, method =>
        {
            var combined = Combine(method, _otherwise);
            return (combined, combined with { AnyMethod = true });
        });
    }

    /// <summary>The same by another service config; how full the bucket of tokens is goes on.</summary>
    /// <param name="config">Null: the options alone.</param>
    public ServicePolicies With(ServiceCallConfig? config) => new(_settings, config, _throttle);

    /// <summary>What is done for a request.</summary>
    public RequestPolicy Of(HttpRequestMessage request)
    {
        if (_config?.FindRequest(request.Method.Method, request.RequestUri!.AbsolutePath, out var namesMethod) is not { } found)
        {
            return _otherwise;
        }

        var (safe, any) = _configured[found];
        return namesMethod ? any : safe;
    }

    private static RequestPolicy Combine(MethodCallConfig config, RequestPolicy options)
    {
        // One of them at most, in the config as in the options.
        var (retry, hedging) = config is { Retry: null, Hedging: null } ? (options.Retry, options.Hedging) : (config.Retry, config.Hedging);
        return options with
        {
            Retry = retry,
            Hedging = hedging,
            Timeout = config.Timeout is { } timeout && !(options.Timeout < timeout) ? timeout : options.Timeout,
            WaitForReady = config.WaitForReady ?? options.WaitForReady,
        };
    }
}
