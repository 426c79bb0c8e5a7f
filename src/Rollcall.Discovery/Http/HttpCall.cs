using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>One request to a service: makes attempts until one has a response for the caller, or none is allowed any more.</summary>
/// <param name="settings">The handler's.</param>
/// <param name="policy">What is done for the request.</param>
/// <param name="service">Where it goes.</param>
/// <param name="request">What is sent.</param>
/// <param name="uri">Its address as the caller wrote it.</param>
/// <param name="started">A timestamp of its start; null: now.</param>
/// <param name="cancellationToken">The caller's.</param>
internal sealed class HttpCall(
    HttpCallSettings settings,
    RequestPolicy policy,
    ServiceEntry service,
    HttpRequestMessage request,
    Uri uri,
    long? started,
    CancellationToken cancellationToken)
    : Exchange(settings, request)
{
    // Read only where there is a timeout.
    private readonly long _callStarted = policy.Timeout is null ? 0 : started ?? settings.TimeProvider.GetTimestamp();
    private RequestRetries? _retries;
    private bool _buffered;

    private RequestDeadline Deadline => new(policy, Settings.TimeProvider, uri, _callStarted, cancellationToken);

    /// <returns>A response whose body ends the last attempt.</returns>
    /// <exception cref="HttpRequestException">No instance, none that could be reached, or one that broke off.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; or its inner exception is a <see cref="TimeoutException"/>, and the time was over.</exception>
    public async Task<HttpResponseMessage> SendAsync()
    {
        if (Request.Content is { } content && Settings.MayRepeat(policy, Request) && Settings.IsToBeBuffered(content))
        {
            await content.LoadIntoBufferAsync(cancellationToken).ConfigureAwait(false);
            _buffered = true;
        }

        // What each request goes through is in methods of their own, and what it keeps is in fields: a small state machine is soon made and resumed.
        if (!TryBegin())
        {
            await BeginAsync().ConfigureAwait(false);
        }

        while (true)
        {
            try
            {
                var response = await SendAsync(service, uri, policy.HasLimits ? Deadline.Limit(this) : cancellationToken).ConfigureAwait(false);
                if (IsForCaller(response))
                {
                    return Accept(response);
                }

                response.Dispose();
            }
            catch (Exception e)
            {
                var told = FollowOrEnd(e);
                if (ReferenceEquals(told, e))
                {
                    throw;
                }

                if (told is not null)
                {
                    throw told;
                }
            }
            finally
            {
                Restore();
            }

            await BeginNextAsync().ConfigureAwait(false);
        }
    }

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

    private async Task BeginAsync()
    {
        using var waiting = service.Wait();
        Begin(await Deadline.PickAsync(service.Balancer, Context()).ConfigureAwait(false));
    }

    private async Task BeginNextAsync()
    {
        if (_retries!.Delay > TimeSpan.Zero)
        {
            await Task.Delay(_retries.Delay, Settings.TimeProvider, cancellationToken).ConfigureAwait(false);
        }

        if (!TryBegin())
        {
            await BeginAsync().ConfigureAwait(false);
        }
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

    private bool TryFollow(in HttpFailure failure)
    {
        _retries ??= new RequestRetries(
            Settings, service, policy, Request, Settings.MayRepeat(policy, Request), _buffered || RequestRetries.IsReplayable(Request.Content));
        return _retries.TryFollow(this, failure, Deadline.Remaining);
    }

    /// <returns>What the caller hears; null: another attempt follows.</returns>
    private Exception? FollowOrEnd(Exception error)
    {
        var deadline = Deadline;
        var failure = deadline.Classify(error, this);
        if (TryFollow(failure))
        {
            return null;
        }

        TellRequest();
        End(failure.Result, null, error);
        return deadline.Explain(failure, this, _retries!.Tried);
    }

    private PickContext Context() => service.ContextOf(Request, _retries?.Tried);
}
