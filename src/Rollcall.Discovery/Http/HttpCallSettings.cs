using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>A handler's options, read once, and what its requests share. Immutable.</summary>
internal sealed partial class HttpCallSettings
{
    private readonly HashSet<HttpMethod> _retriedMethods;
    private readonly int _replayBufferSize;
    private readonly Action<HttpAttempt>? _onAttempt;
    private readonly ILogger _logger;

    public HttpCallSettings(
        DiscoveryHandlerOptions options, TimeProvider timeProvider, HttpMessageInvoker byAddress, bool isOwnHandlers, bool encodesHeaders, Redirects redirects,
        ILogger logger)
    {
        Redirects = redirects;
        EncodesHeaders = encodesHeaders;
        IsOwnHandlers = isOwnHandlers;
        TimeProvider = timeProvider;
        ByAddress = byAddress;
        HostName = options.HostName;
        EndpointInOptions = options.EndpointInOptions;
        _onAttempt = options.OnAttempt;
        _logger = logger;
        MaxAttempts = options.MaxAttempts;
        _retriedMethods = [.. options.RetriedMethods];
        _replayBufferSize = options.ReplayBufferSize;
        RetryThrottling = options.RetryThrottling;
        Policy = new RequestPolicy(
            options.Hedging is null ? options.Retry : null,
            options.Hedging,
            AnyMethod: false,
            options.Timeout,
            options.AttemptTimeout,
            options.WaitForReady,
            Throttle: null);
    }

    public TimeProvider TimeProvider { get; }

    /// <summary>Whether requests are sent by <see cref="SocketsHttpHandler"/>s of our own making.</summary>
    public bool IsOwnHandlers { get; }

    /// <summary>Whether those may send headers that are not ASCII: <see cref="SocketsHttpHandler.RequestHeaderEncodingSelector"/>.</summary>
    public bool EncodesHeaders { get; }

    /// <summary>Sends to an instance whose address a request was given.</summary>
    public HttpMessageInvoker ByAddress { get; }

    public Redirects Redirects { get; }

    public Func<Endpoint, string?>? HostName { get; }

    public bool EndpointInOptions { get; }

    public int MaxAttempts { get; }

    /// <summary>What the options say of requests.</summary>
    public RequestPolicy Policy { get; }

    /// <summary>What the options say of the bucket of a service; null: retries are not throttled.</summary>
    public RetryThrottleSettings? RetryThrottling { get; }

    /// <summary>Tells the user's observer. What it throws is logged, and changes nothing of the request.</summary>
    public void Observe(in HttpAttempt attempt)
    {
        try
        {
            _onAttempt?.Invoke(attempt);
        }
#pragma warning disable CA1031 // The observer is the user's; the request is its caller's.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.AttemptObserverFailed(_logger, exception);
        }
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
}
