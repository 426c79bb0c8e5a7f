using System.Collections.Frozen;
using Rollcall.Discovery.Configuration;

namespace Rollcall.Discovery.Http;

/// <summary>A handler's options, read once, and what its requests share. Immutable.</summary>
internal sealed class HttpCallSettings
{
    private readonly HashSet<HttpMethod> _retriedMethods;
    private readonly int _replayBufferSize;
    private readonly RequestPolicy _policy;
    private readonly ServiceCallConfig? _config;
    private readonly FrozenDictionary<MethodCallConfig, RequestPolicy> _configured;

    public HttpCallSettings(DiscoveryHandlerOptions options, TimeProvider timeProvider, HttpMessageInvoker addresses, bool isOwnHandlers)
    {
        IsOwnHandlers = isOwnHandlers;
        TimeProvider = timeProvider;
        Addresses = addresses;
        HostName = options.HostName;
        EndpointInOptions = options.EndpointInOptions;
        OnAttempt = options.OnAttempt;
        MaxAttempts = options.MaxAttempts;
        _retriedMethods = [.. options.RetriedMethods];
        _replayBufferSize = options.ReplayBufferSize;
        _policy = new RequestPolicy(
            options.Hedging is null ? options.Retry : null,
            options.Hedging,
            AnyMethod: false,
            options.Timeout,
            options.AttemptTimeout,
            options.WaitForReady);
        _config = options.ServiceConfig;
        _configured = (_config?.Methods ?? []).Distinct().ToFrozenDictionary(static m => m, m => Combine(m, _policy));
    }

    public TimeProvider TimeProvider { get; }

    /// <summary>Whether requests are sent by <see cref="SocketsHttpHandler"/>s of our own making.</summary>
    public bool IsOwnHandlers { get; }

    /// <summary>Sends to whatever address a request has.</summary>
    public HttpMessageInvoker Addresses { get; }

    public Func<Endpoint, string?>? HostName { get; }

    public bool EndpointInOptions { get; }

    public Action<HttpAttempt>? OnAttempt { get; }

    public int MaxAttempts { get; }

    /// <summary>What is done for a request.</summary>
    public RequestPolicy PolicyOf(HttpRequestMessage request)
    {
        if (_config?.FindRequest(request.Method.Method, request.RequestUri!.AbsolutePath, out var namesMethod) is not { } found)
        {
            return _policy;
        }

        var policy = _configured[found];
        return namesMethod ? policy with { AnyMethod = true } : policy;
    }

    /// <summary>Whether a request may be sent again after a server may have acted on it.</summary>
    public bool MayRepeat(RequestPolicy policy, HttpRequestMessage request) =>
        (policy.Retry is not null || policy.Hedging is not null) && (policy.AnyMethod || _retriedMethods.Contains(request.Method));

    /// <summary>Whether copies of a request can be made.</summary>
    public bool MayHedge(RequestPolicy policy, HttpRequestMessage request) =>
        policy.Hedging is not null && MayRepeat(policy, request)
        && (request.Content is not { } content || RequestRetries.IsReplayable(content) || IsToBeBuffered(content));

    /// <summary>Whether a body is to be kept in memory before it is sent, so that it can be sent again.</summary>
    public bool IsToBeBuffered(HttpContent content) =>
        !RequestRetries.IsReplayable(content) && content.Headers.ContentLength is { } length && length <= _replayBufferSize;

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
