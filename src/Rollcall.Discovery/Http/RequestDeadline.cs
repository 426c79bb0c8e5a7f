using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery.Http;

/// <summary>The time that a request has, with all its attempts, and what its caller hears at the end of it.</summary>
internal readonly struct RequestDeadline
{
    private readonly RequestPolicy _policy;
    private readonly TimeProvider _time;
    private readonly Uri _uri;
    private readonly long _started;

    /// <param name="policy">Says how much.</param>
    /// <param name="time">The clock.</param>
    /// <param name="uri">The request's address, for messages.</param>
    /// <param name="started">A timestamp of the request's start; not read without a timeout.</param>
    /// <param name="caller">The caller's token.</param>
    public RequestDeadline(RequestPolicy policy, TimeProvider time, Uri uri, long started, CancellationToken caller)
    {
        _policy = policy;
        _time = time;
        _uri = uri;
        _started = started;
        Caller = caller;
    }

    /// <summary>The caller's token.</summary>
    public CancellationToken Caller { get; }

    /// <summary>What is left; <see cref="TimeSpan.MaxValue"/>: no end is known.</summary>
    public TimeSpan Remaining => _policy.Timeout is { } timeout ? timeout - _time.GetElapsedTime(_started) : TimeSpan.MaxValue;

    private TimeSpan RemainingTime => Remaining is var remaining && remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;

    /// <summary>Limits an attempt to its time and what is left of the request's, and makes it one that can be cancelled.</summary>
    /// <returns>The token to send it with.</returns>
    public CancellationToken Limit(Exchange attempt)
    {
        var remaining = RemainingTime;
        return attempt.Limit(_policy.AttemptTimeout is { } time && time < remaining ? time : remaining, Caller);
    }

    /// <summary>What an attempt's error means.</summary>
    public HttpFailure Classify(Exception error, Exchange attempt)
    {
        var timeOver = attempt.IsTimeOver;
        var over = timeOver && _policy.Timeout is not null && Remaining <= TimeSpan.Zero;
        return HttpFailure.From(error, Caller.IsCancellationRequested, over, timeOver, attempt.IsOwnHandlers, attempt.MayComeBackUnsent);
    }

    /// <summary>Waits for what the request goes by.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up; or its inner exception is a <see cref="TimeoutException"/>, and the time was over.</exception>
    public async Task WaitAsync(Task ready)
    {
        using var timer = _policy.Timeout is null ? null : AttemptTimer.Start(RemainingTime, _time, Caller);
        await ready.WaitAsync(timer?.Token ?? Caller).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Caller.ThrowIfCancellationRequested();
        if (!ready.IsCompleted)
        {
            throw TooLate();
        }
    }

    /// <summary>Before the first attempt: no instance is to blame.</summary>
    /// <exception cref="TaskCanceledException">The time is over; its inner exception is a <see cref="TimeoutException"/>.</exception>
    public void ThrowIfOver()
    {
        if (Remaining <= TimeSpan.Zero)
        {
            throw TooLate();
        }
    }

    /// <summary>Picks, and waits for something to pick.</summary>
    /// <exception cref="HttpRequestException">There is no instance.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; or its inner exception is a <see cref="TimeoutException"/>, and the time was over.</exception>
    public async ValueTask<PickLease> PickAsync(ServiceBalancer balancer, PickContext context)
    {
        using var timer = _policy.Timeout is null ? null : AttemptTimer.Start(RemainingTime, _time, Caller);
        try
        {
            return await balancer.PickAsync(context, _policy.WaitForReady, timer?.Token ?? Caller).ConfigureAwait(false);
        }
        catch (NoEndpointException e)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
        catch (OperationCanceledException e) when (Caller.IsCancellationRequested && e.CancellationToken != Caller)
        {
            throw new TaskCanceledException(e.Message, e, Caller);
        }
        catch (OperationCanceledException e) when (timer is { IsOver: true })
        {
            throw TimedOut($"There was no instance of '{_uri.IdnHost}' within {_policy.Timeout}.", e);
        }
    }

    /// <summary>What the caller hears when a request ends with a failed attempt.</summary>
    /// <param name="failure">The failure, not an answer.</param>
    /// <param name="last">The attempt.</param>
    /// <param name="tried">All instances that were tried.</param>
    /// <returns>The attempt's own error, where that tells enough.</returns>
    public Exception Explain(in HttpFailure failure, Exchange last, IEnumerable<Endpoint> tried)
    {
        var error = failure.Error!;
        switch (failure.Kind)
        {
            case HttpFailureKind.NeverSent:
                return NotReached(error, last.Endpoint, tried);


            // What a handler of the caller's own throws for reasons of its own is the caller's as it is.
            case HttpFailureKind.Lost when error is HttpRequestException lost && (last.IsOwnHandlers || lost.HttpRequestError != HttpRequestError.Unknown):
                return Lost(lost, last.Endpoint);

            // A timer may fire a moment before the clock says that the request's time is over, too.
            case HttpFailureKind.TimedOut when last.IsTimeOver:
                return TimedOut($"{last.Endpoint} gave no response within {_policy.AttemptTimeout ?? _policy.Timeout}.", error);
            case HttpFailureKind.NotTheServers when error is OperationCanceledException cancelled && _policy.HasLimits:
                return Caller.IsCancellationRequested
                    ? new TaskCanceledException(error.Message, error, Caller)
                    : TimedOut($"'{_uri.IdnHost}' gave no response within {_policy.Timeout}; attempt {last.Number} was on its way to {last.Endpoint}.", cancelled);
            default:
                return error;
        }
    }

    private TaskCanceledException TooLate()
    {
        var message = $"The service config of '{_uri.IdnHost}' was not known within {_policy.Timeout}.";
        return new TaskCanceledException(message, new TimeoutException(message));
    }

    private static TaskCanceledException TimedOut(string message, Exception error) => new(message, new TimeoutException(message, error));

    private HttpRequestException NotReached(Exception last, Endpoint endpoint, IEnumerable<Endpoint> tried)
    {
        var error = last is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } known
            ? known.HttpRequestError
            : HttpRequestError.ConnectionError;

        // The handler's own message names the address as the caller wrote it, which is that of no instance, and its cause says more.
        var cause = last.GetBaseException().Message.TrimEnd('.');
        return new HttpRequestException(
            error,
            $"No instance of '{_uri.IdnHost}' could be reached. Tried: {string.Join(", ", tried)}. The last error, of {endpoint}: {cause}. "
            + (error == HttpRequestError.SecureConnectionError
                ? AdviseOnTls(endpoint)
                : "They are registered, so look whether they run and whether their checks notice that they don't."),
            last);
    }

    /// <summary>The handler's own message says of no instance that it was that one, nor of one that speaks TLS that it wants to be called so.</summary>
    private HttpRequestException Lost(HttpRequestException error, Endpoint endpoint)
    {
        var name = _uri.IdnHost;
        var speaksTls = SpokenBy(endpoint)?.Equals("https", StringComparison.OrdinalIgnoreCase) == true;
        return new HttpRequestException(
            error.HttpRequestError,
            $"The connection to {endpoint}, an instance of '{name}', broke before its response: {error.GetBaseException().Message.TrimEnd('.')}."
            + (speaksTls && ServiceAddress.SchemeFor(_uri.Scheme, endpoint) is "http" or "ws"
                ? $" Its metadata say that it speaks TLS: call https://{name}."
                : ""),
            error,
            error.StatusCode);
    }

    /// <summary>
    /// One scheme alone, which is right whatever is around the handler: a caller who wrote <c>https+http</c> may have had it shortened to <c>https</c> on the
    /// way, as Microsoft.Extensions.ServiceDiscovery does with names that it doesn't know.
    /// </summary>
    private string AdviseOnTls(Endpoint endpoint)
    {
        var name = _uri.IdnHost;
        return SpokenBy(endpoint)?.Equals("http", StringComparison.OrdinalIgnoreCase) == true
            ? $"Its metadata say that it speaks plain HTTP: call http://{name}."
            : $"If it speaks plain HTTP, call http://{name}. If it speaks TLS, its certificate has to be for '{name}', or the name that HostName gives.";
    }

    private static string? SpokenBy(Endpoint endpoint) => endpoint.Metadata.GetValueOrDefault(EndpointMetadata.Scheme);
}
