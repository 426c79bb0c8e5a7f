using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>
/// One request to a service of which copies go to further instances while the first ones take long (gRFC A6's hedging): the first response that
/// is no fault wins. One loop owns everything here; the copies only end.
/// </summary>
/// <param name="settings">The handler's.</param>
/// <param name="policy">What is done for the request.</param>
/// <param name="hedging">When copies are sent.</param>
/// <param name="service">Where they go.</param>
/// <param name="request">The caller's request.</param>
/// <param name="uri">Its address.</param>
/// <param name="started">A timestamp of its start.</param>
/// <param name="cancellationToken">The caller's.</param>
internal sealed class HedgedCall(
    HttpCallSettings settings,
    RequestPolicy policy,
    HedgingSettings hedging,
    ServiceEntry service,
    HttpRequestMessage request,
    Uri uri,
    long started,
    CancellationToken cancellationToken) : IDisposable
{
    // Longer than anybody waits for a response to a request that was to be quick.
    private static readonly TimeSpan s_longestPushback = TimeSpan.FromMinutes(1);

    private readonly RequestDeadline _deadline = new(policy, settings.TimeProvider, uri, started, cancellationToken);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<HedgedCopy> _running = [];
    private readonly List<Endpoint> _tried = [];
    private HedgingState _state = new(hedging.Cap(settings.MaxAttempts), policy.Throttle);
    private RequestCopies? _copies;
    private CancellationTokenSource? _clockCancellation;
    private Task? _clock;
    private int _number;

    // Of a request that waits: its rounds so far, the copies sent in earlier ones, and those of this one that no server has done anything with.
    private int _rounds;
    private int _before;
    private int _unprocessed;

    // Where the last copy went, and whether the next one only takes its place.
    private Endpoint? _latest;
    private bool _isMoving;

    // The copy that failed last: what the caller gets if none follows.
    private HedgedCopy? _last;
    private HttpFailure _lastFailure;

    /// <returns>A response whose body ends its attempt.</returns>
    /// <exception cref="HttpRequestException">The failure that ended the request.</exception>
    /// <exception cref="TaskCanceledException">The caller gave up; or its inner exception is a <see cref="TimeoutException"/>, and the time was over.</exception>
    public async Task<HttpResponseMessage> SendAsync()
    {
        using var registration = cancellationToken.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), _cancelled);
        try
        {
            _copies = await RequestCopies.CreateAsync(request, cancellationToken).ConfigureAwait(false);
            await SendNextAsync().ConfigureAwait(false);
            while (true)
            {
                if (_running.Count == 0 && _clock is null)
                {
                    // Another copy was to follow, and there was no instance for it.
                    return AcceptOrFail(_last!, _lastFailure);
                }

                await Task.WhenAny([_cancelled.Task, .. _running.Select(static c => c.Ended), .. _clock is { } clock ? [clock] : Array.Empty<Task>()])
                    .ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();

                if (_running.Find(static c => c.Ended.IsCompleted) is not { } ended)
                {
                    _clock = null;
                    await SendNextAsync().ConfigureAwait(false);
                }
                else if (await TakeAsync(ended).ConfigureAwait(false) is { } response)
                {
                    return response;
                }
            }
        }
        finally
        {
            _last?.Dispose();
            GiveUpOthers();
        }
    }

    public void Dispose() => StopClock();

    /// <summary>A copy has ended.</summary>
    /// <returns>What the caller gets; null: the request goes on.</returns>
    private async ValueTask<HttpResponseMessage?> TakeAsync(HedgedCopy ended)
    {
        _running.Remove(ended);
        if (ended.Response is { } response && !policy.IsFault(response.StatusCode))
        {
            policy.Throttle?.OnSuccess();
            return ended.Keep(service);
        }

        var failure = ended.Response is { } fault
            ? HttpFailure.From(fault, settings.TimeProvider.GetUtcNow())
            : _deadline.Classify(ended.Error!, ended);
        if (failure.IsUnprocessed && TryMove(ended, failure))
        {
            return null;
        }

        var pushback = failure.Pushback(toAnother: true, s_longestPushback);
        var step = failure.Kind == HttpFailureKind.NotTheServers
            ? HedgeStep.End
            : _state.OnFailure(IsNonFatal(failure), failure.IsUnprocessed, pushback, _running.Count, _deadline.Remaining);
        if (step == HedgeStep.End)
        {
            return AcceptOrFail(ended, failure);
        }

        ended.End(failure.Result, failure.StatusCode, failure.Error, AttemptFate.Hedged);
        _last?.Dispose();
        (_last, _lastFailure) = (ended, failure);
        if (step == HedgeStep.SendLater)
        {
            Schedule(pushback!.Value);
        }
        else if (step == HedgeStep.SendNow)
        {
            await SendNextAsync().ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Sends a copy that no server has done anything with to another instance; it takes the place of the one before, and is not counted.</summary>
    /// <returns>False: there is none, and no other round for want of patience or time, or because other copies are on their way.</returns>
    private bool TryMove(HedgedCopy ended, in HttpFailure failure)
    {
        if (!IsRoundFull && service.Balancer.TryPickUntried(Context(), out var lease))
        {
            EndMoved(ended, failure);
            Start(lease);
            return true;
        }

        _unprocessed++;
        var pause = RequestRetries.RoundPause(_rounds);
        if (_running.Count > 0 || !policy.WaitForReady || service.IsClosed || pause >= _deadline.Remaining)
        {
            return false;
        }

        EndMoved(ended, failure);
        BeginRound();
        Schedule(pause);
        return true;
    }

    private bool IsRoundFull => _number - _before >= settings.MaxAttempts;

    private void EndMoved(HedgedCopy ended, in HttpFailure failure)
    {
        ended.End(failure.Result, failure.StatusCode, failure.Error, AttemptFate.Moved);
        ended.Dispose();
        service.Balancer.ReportRetry(ended.Endpoint, AttemptFate.Moved);
    }

    private void BeginRound()
    {
        if (!IsRoundFull)
        {
            // Nobody is left. In a full round whoever is left comes first in the next.
            _tried.Clear();
        }

        for (; _unprocessed > 0; _unprocessed--)
        {
            _state.TakeBack();
        }

        if (_state.Sent == 0)
        {
            // No server has done anything: what stopped the sending of copies is over with the round.
            _state = new HedgingState(hedging.Cap(settings.MaxAttempts), policy.Throttle);
        }

        _rounds++;
        _before = _number;
        _isMoving = true;
    }

    /// <summary>Sends the next copy if one is allowed and an instance is left for it, and sets the clock for the one after it.</summary>
    private async ValueTask SendNextAsync()
    {
        StopClock();
        if (!_state.TrySend())
        {
            return;
        }

        // The first one is always sent; a further one only to an instance that has none yet.
        if (_state.Sent > 1)
        {
            if (IsRoundFull || !service.Balancer.TryPickUntried(Context(), out var other))
            {
                _state.TakeBack();
                _state.Stop();
                return;
            }

            if (!_isMoving)
            {
                service.Balancer.ReportRetry(_latest!, AttemptFate.Hedged);
            }

            Start(other);
        }
        else
        {
            Start(await PickAsync().ConfigureAwait(false));
        }

        _isMoving = false;
        if (_state.TryGetNext(_deadline.Remaining, out var delay))
        {
            Schedule(delay);
        }
    }

    private async ValueTask<PickLease> PickAsync()
    {
        if (service.Balancer.TryPick(Context(), out var lease))
        {
            return lease;
        }

        using var waiting = service.Wait();
        return await _deadline.PickAsync(service.Balancer, Context()).ConfigureAwait(false);
    }

    private bool IsNonFatal(in HttpFailure failure) => hedging.NonFatalHttpStatuses.IsEmpty || failure.StatusCode is not { } status
        ? hedging.NonFatal.Contains(failure.Status) && !failure.IsTooManyForNow
        : hedging.IsNonFatalHttp((int)status);

    private PickContext Context() => service.ContextOf(request, _tried);

    private void Start(PickLease lease)
    {
        var copy = new HedgedCopy(settings, request, _copies!.Create());
        copy.Begin(lease, ++_number);
        service.Touch(copy.Started);
        if (_tried.Contains(copy.Endpoint))
        {
            // None was left: a new round.
            _tried.Clear();
        }

        _tried.Add(copy.Endpoint);
        _latest = copy.Endpoint;
        _running.Add(copy);
        copy.Start(service, uri, _deadline);
    }

    private void Schedule(TimeSpan delay)
    {
        StopClock();
        _clockCancellation = new CancellationTokenSource();
        _clock = Task.Delay(delay, settings.TimeProvider, _clockCancellation.Token);
    }

    private void StopClock()
    {
        _clockCancellation?.Cancel();
        _clockCancellation?.Dispose();
        _clockCancellation = null;
        _clock = null;
    }

    /// <summary>The request ends with a copy that failed.</summary>
    private HttpResponseMessage AcceptOrFail(HedgedCopy failed, in HttpFailure failure)
    {
        if (failed.Response is not null)
        {
            return failed.Keep(service);
        }

        failed.TellRequest();
        failed.End(failure.Result, null, failure.Error);
        failed.Dispose();
        throw _deadline.Explain(failure, failed, _tried);
    }

    private void GiveUpOthers()
    {
        foreach (var other in _running)
        {
            // Cancelled by the caller, or because another one has decided.
            other.Dispose();
            other.End(CallResult.Cancelled, null, null, cancellationToken.IsCancellationRequested ? null : AttemptFate.Hedged);
        }

        _running.Clear();
    }
}
