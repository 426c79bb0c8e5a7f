using System.Runtime.ExceptionServices;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>One request to a service: makes attempts until one has a response for the caller, or none is allowed any more.</summary>
/// <param name="settings">The handler's.</param>
/// <param name="policy">What is done for the request.</param>
/// <param name="service">Where it goes.</param>
/// <param name="request">What is sent.</param>
/// <param name="uri">Its address as the caller wrote it.</param>
/// <param name="hop">How far it has come.</param>
/// <param name="cancellationToken">The caller's.</param>
internal sealed class HttpCall(
    HttpCallSettings settings,
    RequestPolicy policy,
    ServiceEntry service,
    HttpRequestMessage request,
    Uri uri,
    Hop hop,
    CancellationToken cancellationToken)
    : Exchange(settings, request)
{
    private RequestRetries? _retries;

    private RequestDeadline Deadline => new(policy, Settings.TimeProvider, uri, hop.Started, cancellationToken);

    /// <returns>A response whose body ends the last attempt.</returns>
    /// <exception cref="HttpRequestException">No instance, none that could be reached, or one that broke off.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; or its inner exception is a <see cref="TimeoutException"/>, and the time was over.</exception>
    public async Task<HttpResponseMessage> SendAsync()
    {
        // What each request goes through is in methods of their own, what it keeps is in fields, and there is one thing to wait for: a small state machine is soon
        // made and resumed.
        while (true)
        {
            try
            {
                var response = await AttemptAsync().ConfigureAwait(false);
                if (IsForCaller(response))
                {
                    Accept(response, service);
                    return Settings.Redirects.TargetOf(response, uri, Endpoint, hop.Redirects) is { } target
                        ? await FollowAsync(response, target).ConfigureAwait(false)
                        : response;
                }

                response.Dispose();
            }
            catch (Exception e) when (IsUnderWay)
            {
                FollowOrThrow(e);
            }
            finally
            {
                Restore();
            }
        }
    }

    /// <summary>An attempt; it is not under way if it fails before it has an instance.</summary>
    private Task<HttpResponseMessage> AttemptAsync() => !IsToBeBuffered && _retries is null && TryBegin() ? SendToPickedAsync() : AttemptSlowlyAsync();

    private async Task<HttpResponseMessage> AttemptSlowlyAsync()
    {
        if (_retries is not null)
        {
            if (_retries.Delay > TimeSpan.Zero)
            {
                await Task.Delay(_retries.Delay, Settings.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        else if (IsToBeBuffered)
        {
            await Request.Content!.LoadIntoBufferAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!TryBegin())
        {
            using var waiting = service.Wait();
            Begin(await Deadline.PickAsync(service.Balancer, Context()).ConfigureAwait(false));
        }

        return await SendToPickedAsync().ConfigureAwait(false);
    }

    private Task<HttpResponseMessage> SendToPickedAsync() => SendAsync(service, uri, policy.HasLimits ? Deadline.Limit(this) : cancellationToken);

    /// <summary>Whether the body is kept in memory before it is sent, so that it can be sent again.</summary>
    private bool IsToBeBuffered => Request.Content is { } content && Settings.IsToBeBuffered(content) && Settings.MayRepeat(policy, Request);

    /// <summary>Begins an attempt, if there is something to pick.</summary>
    private bool TryBegin()
    {
        if ((_retries is null || !_retries.TryTakeNext(out var lease)) && !service.Balancer.TryPick(Context(), out lease))
        {
            return false;
        }

        Begin(lease);
        return true;
    }

    private void Begin(in PickLease lease)
    {
        Begin(lease, Number + 1);
        service.Touch(Started);
        _retries?.OnPicked(Endpoint);
    }

    private bool IsForCaller(HttpResponseMessage response)
    {
        if (policy.IsFault(response.StatusCode))
        {
            return !TryFollow(HttpFailure.From(response, Settings.TimeProvider.GetUtcNow()));
        }

        policy.Throttle?.OnSuccess();
        return true;
    }

    /// <summary>The request begins anew, with the time that is left.</summary>
    private Task<HttpResponseMessage> FollowAsync(HttpResponseMessage redirect, Uri target)
    {
        Restore();
        return Settings.Redirects.FollowAsync(Request, redirect, target, hop, cancellationToken);
    }

    private bool TryFollow(in HttpFailure failure)
    {
        _retries ??= new RequestRetries(
            Settings, service, policy, Request, Settings.MayRepeat(policy, Request), IsToBeBuffered || RequestRetries.IsReplayable(Request.Content));
        return _retries.TryFollow(this, failure, Deadline.Remaining);
    }

    /// <summary>Another attempt follows, or the request ends with what the caller hears.</summary>
    private void FollowOrThrow(Exception error)
    {
        var deadline = Deadline;
        var failure = deadline.Classify(error, this);
        if (TryFollow(failure))
        {
            return;
        }

        TellRequest();
        End(failure.Result, null, error);

        // Where it is the attempt's own error, with where that comes from.
        ExceptionDispatchInfo.Throw(deadline.Explain(failure, this, _retries!.Tried));
    }

    private PickContext Context() => service.ContextOf(Request, _retries?.Tried);
}
