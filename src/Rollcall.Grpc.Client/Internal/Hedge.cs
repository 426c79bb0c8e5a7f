using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;
using EventFate = Rollcall.Discovery.Events.AttemptFate;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// Opens a call by gRFC A6's hedging: copies of it run at the same time until one has response headers, which commits the call to it. One loop
/// owns everything here; the copies only end.
/// </summary>
internal sealed class Hedge : IDisposable
{
    private readonly CallCore _call;
    private readonly BufferedContent _body;
    private readonly HedgingSettings _settings;
    private readonly bool _isKept;
    private readonly List<HedgedAttempt> _running = [];
    private readonly List<Endpoint> _tried = [];
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HedgingState _state;
    private CancellationTokenSource? _timerCancellation;
    private Task? _timer;
    private AttemptFailure _last;
    private int _attempts;

    // Of a call that waits: its rounds so far, and the copies of this one that no server has seen and that were not moved.
    private int _readyRounds;
    private int _unprocessed;

    // The copy that was sent last, and whether the next one only takes its place.
    private Endpoint? _latest;
    private bool _isMoving;

    private Hedge(CallCore call, BufferedContent body, HedgingSettings settings, bool isKept)
    {
        _call = call;
        _body = body;
        _settings = settings;
        _isKept = isKept;
        _state = NewState();
    }

    /// <summary>The response of the first copy that has one; the call ends where there is none.</summary>
    public static async ValueTask<HttpResponseMessage> OpenAsync(CallCore call, BufferedContent body, HedgingSettings settings)
    {
        var size = body.RetrySize ?? 0;
        var fits = call.Channel.TryReserveRetryBuffer(size);
        try
        {
            using var hedge = new Hedge(call, body, settings, fits);
            return await hedge.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            if (fits)
            {
                call.Channel.ReleaseRetryBuffer(size);
            }
        }
    }

    public void Dispose()
    {
        StopTimer();

        // None runs, unless a hash key or a policy threw.
        GiveUpOthers();
    }

    private async Task<HttpResponseMessage> RunAsync()
    {
        _call.EnterSpan();
        using var registration = _call.Token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), _aborted);
        if (_call.Token.IsCancellationRequested)
        {
            throw Abort();
        }

        await SendAsync().ConfigureAwait(false);
        while (true)
        {
            if (_running.Count == 0 && _timer is null)
            {
                // A copy was to follow, and was held back when its time came.
                throw _call.End(_last);
            }

            await Task.WhenAny([.. _running.Select(static a => a.Ended), _aborted.Task, .. _timer is { } timer ? [timer] : Array.Empty<Task>()])
                .ConfigureAwait(false);
            if (_call.Token.IsCancellationRequested)
            {
                throw Abort();
            }

            if (_running.Find(static a => a.Ended.IsCompleted) is { } ended)
            {
                _running.Remove(ended);
                if (ended.Response is { } response)
                {
                    GiveUpOthers();
                    _call.Adopt(ended, response);
                    return response;
                }

                _last = ended.Failure;
                if (!await TryFollowAsync(ended).ConfigureAwait(false))
                {
                    throw Fail(ended);
                }
            }
            else
            {
                _timer = null;
                await SendAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Decides what follows a copy that failed, and ends it if something does.</summary>
    /// <returns>False: the call ends with the failure.</returns>
    private async ValueTask<bool> TryFollowAsync(HedgedAttempt failed)
    {
        var failure = failed.Failure;
        if (failure.IsUnprocessed)
        {
            if (TryMove(failed))
            {
                return true;
            }

            _unprocessed++;
            if (_running.Count == 0 && _call.WaitsForReady && failure.Status.StatusCode == StatusCode.Unavailable)
            {
                Report(failed, AttemptFate.Moved);
                BeginRound();
                Schedule(_call.Channel.ReadyPause(_readyRounds++));
                return true;
            }
        }

        var pushback = ResponseHead.ReadPushback(failure.Trailers);
        var nonFatal = _settings.NonFatal.Contains((CallStatus)failure.Status.StatusCode);
        var step = _state.OnFailure(nonFatal, failure.IsUnprocessed, pushback, _running.Count, _call.Remaining());
        if (step == HedgeStep.End)
        {
            return false;
        }

        Report(failed, AttemptFate.Hedged);
        if (step == HedgeStep.SendLater)
        {
            Schedule(pushback!.Value);
        }
        else if (step == HedgeStep.SendNow)
        {
            await SendAsync().ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Sends the next copy if one is allowed, and sets the clock for the one after it.</summary>
    private async ValueTask SendAsync()
    {
        if (!_state.TrySend())
        {
            _timer = null;
            return;
        }

        if (!_call.Channel.Balancer.TryPick(Context(), out var lease))
        {
            if (_running.Count > 0)
            {
                // Nobody is left to send it to.
                _state.TakeBack();
                _state.Stop();
                _timer = null;
                return;
            }

            lease = await PickAsync().ConfigureAwait(false);
        }

        if (_latest is { } latest && !_isMoving)
        {
            _call.Channel.Balancer.ReportRetry(latest, EventFate.Hedged);
        }

        _isMoving = false;
        Start(lease);
        if (_state.TryGetNext(_call.Remaining(), out var delay))
        {
            Schedule(delay);
        }
        else
        {
            _timer = null;
        }
    }

    private async ValueTask<PickLease> PickAsync()
    {
        try
        {
            return await _call.Channel.Balancer.PickAsync(Context(), _call.WaitsForReady, _call.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw _call.End(_call.Describe(e, null, bodyStarted: false));
        }
    }

    private void Start(PickLease lease)
    {
        if (new PickContext { Tried = _tried }.HasTried(lease.Endpoint))
        {
            // None was left: a new round.
            _tried.Clear();
        }

        _tried.Add(lease.Endpoint);
        _latest = lease.Endpoint;
        var attempt = new HedgedAttempt(_call, _body, lease, ++_attempts, _state.Sent - 1);
        if (_state.Sent > 1)
        {
            _call.Channel.LogHedge(_call.Method.FullName, lease.Endpoint, attempt.Number);
        }

        Start(attempt);
    }

    private void Start(HedgedAttempt attempt)
    {
        _call.NoteAttempt(attempt);
        _running.Add(attempt);
        attempt.Start();
    }

    /// <summary>Sends a copy that no server has seen to an endpoint that is not tried yet.</summary>
    private bool TryMove(HedgedAttempt failed)
    {
        // With a transport that was retired under the copy, the failure says nothing about the endpoint, which may be back in the list.
        var retired = failed.Transport is { IsRetired: true };
        if (retired)
        {
            _tried.Remove(failed.Endpoint);
        }

        PickLease lease;
        try
        {
            if (!_call.Channel.Balancer.TryPickUntried(Context(), out lease))
            {
                if (!retired || !TransportError.IsOfClosedHandler(failed.Failure.Status.DebugException))
                {
                    return false;
                }

                // It was in the list when it was picked, and nothing was sent: the copy goes on over another connection.
                _tried.Add(failed.Endpoint);
                Start(new HedgedAttempt(_call, _body, failed.Lease, failed.Number, failed.Previous));
                return true;
            }
        }
        catch
        {
            // How the copy went stays as it is.
            Report(failed, AttemptFate.Final);
            throw;
        }

        _call.Report(failed, retired ? CallResult.Cancelled : failed.Failure.Result, failed.Failure.Status, AttemptFate.Moved);
        _call.Channel.LogMoved(_call.Method.FullName, failed.Endpoint, lease.Endpoint, failed.Failure.Status.Detail);
        Start(lease);
        return true;
    }

    private void BeginRound()
    {
        _isMoving = true;
        _tried.Clear();
        for (; _unprocessed > 0; _unprocessed--)
        {
            _state.TakeBack();
        }

        if (_state.Sent == 0)
        {
            // No server has seen the call: what stopped the sending of copies is over with the round.
            _state = NewState();
        }
    }

    private HedgingState NewState()
    {
        var state = new HedgingState(_settings, _call.Policy.Throttle);
        if (!_isKept)
        {
            // What can't be kept is not sent again.
            state.Stop();
        }

        return state;
    }

    private void Schedule(TimeSpan delay)
    {
        StopTimer();
        _timerCancellation = new CancellationTokenSource();
        _timer = Task.Delay(delay, _call.Channel.TimeProvider, _timerCancellation.Token);
    }

    private void StopTimer()
    {
        _timerCancellation?.Cancel();
        _timerCancellation?.Dispose();
    }

    private Exception Fail(HedgedAttempt failed)
    {
        Report(failed, AttemptFate.Final);
        GiveUpOthers();
        _call.NoteAttempt(failed);
        return _call.End(failed.Failure);
    }

    /// <summary>The deadline, or the caller, ends the call with all its copies.</summary>
    private Exception Abort()
    {
        var aborted = _call.Aborted(_last.Status);
        for (var i = 0; i < _running.Count; i++)
        {
            _call.Report(_running[i], aborted.Result, aborted.Status, i == _running.Count - 1 ? AttemptFate.Final : AttemptFate.Hedged);
            _running[i].Abandon();
        }

        _running.Clear();
        return _call.EndBetween(_last);
    }

    private void GiveUpOthers()
    {
        foreach (var other in _running)
        {
            _call.Report(other, CallResult.Cancelled, Status.DefaultCancelled, AttemptFate.Hedged, isOvertaken: true);
            other.Abandon();
        }

        _running.Clear();
    }

    private void Report(HedgedAttempt attempt, AttemptFate fate) =>
        _call.Report(attempt, attempt.Failure.Result, attempt.Failure.Status, fate);

    private PickContext Context() => new() { Tried = _tried, HashKey = _call.HashKey, Canary = _call.Canary };
}
