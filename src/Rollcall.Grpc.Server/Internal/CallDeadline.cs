using Microsoft.AspNetCore.Http;
namespace Rollcall.Grpc.Server;

/// <summary>
/// What ends one call early: its time limit and, for a stream, the end of the application. Each sets a flag, and the status follows the flag.
/// Comparing clocks when the call ends would now and then find a call cancelled a moment before its deadline.
/// </summary>
internal sealed class CallDeadline : IDisposable
{
    // The longest that a timer takes; a later deadline is armed again.
    private static readonly TimeSpan s_maxTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    // For a caller to take what was written when the application ended the stream, and to hear of that.
    private static readonly TimeSpan s_lastFlush = TimeSpan.FromSeconds(1);

    private readonly HttpContext _httpContext;
    private readonly CallSettings _settings;
    private readonly Lock _lock = new();
    private readonly ITimer? _timer;
    private readonly CancellationTokenRegistration _shutdown;
    private readonly bool _stops;

    private TimeSpan _left; // what remains after the timer that runs; touched by the constructor and the timer only
    private CancellationTokenSource? _cancellation; // made under _lock
    private CancellationToken _token; // of _cancellation, for whoever asks when that is disposed; set before it
    private CancellationTokenSource? _flushCancellation; // made under _lock
    private CancellationToken _flushToken; // the same of _flushCancellation
    private ITimer? _cutOff; // made under _lock
    private bool _exceeded; // guarded by _lock
    private bool _isCutOff; // guarded by _lock
    private volatile bool _stopped; // written under _lock
    private bool _ended; // guarded by _lock

    /// <param name="settings">Clock and log.</param>
    /// <param name="httpContext">The call's request.</param>
    /// <param name="timeout">Null: no time limit.</param>
    /// <param name="shutdown">Fires when the application stops and this call shall not hold it up.</param>
    public CallDeadline(CallSettings settings, HttpContext httpContext, TimeSpan? timeout, CancellationToken shutdown)
    {
        _httpContext = httpContext;
        _settings = settings;
        _stops = shutdown.CanBeCanceled;
        if (timeout is { } left)
        {
            var time = settings.TimeProvider;
            var now = time.GetUtcNow().UtcDateTime;
            Until = left < DateTime.MaxValue - now ? now + left : DateTime.MaxValue;

            // Started only after the field is set: the callback may come before the constructor ends.
            _timer = time.CreateTimer(static state => ((CallDeadline)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _left = left;

            // Not left to the timer: a fast handler would sometimes be faster.
            _exceeded = left <= TimeSpan.Zero;
            Arm(_timer);
        }

        _shutdown = shutdown.UnsafeRegister(static state => ((CallDeadline)state!).Stop(), this);
    }

    public DateTime Until { get; } = DateTime.MaxValue;

    /// <summary>The end of the application came before the end of the call.</summary>
    public bool IsStopped => _stopped;

    /// <summary>Fires at the deadline, when the request is aborted, and when the application stops.</summary>
    public CancellationToken Token
    {
        get
        {
            // Asked for at every message of a stream.
            if (Volatile.Read(ref _cancellation) is not null)
            {
                return _token;
            }

            lock (_lock)
            {
                if (_cancellation is null)
                {
                    if (_exceeded || _stopped)
                    {
                        return new CancellationToken(canceled: true);
                    }

                    if (_ended)
                    {
                        return CancellationToken.None;
                    }

                    var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_httpContext.RequestAborted);
                    _token = cancellation.Token;
                    Volatile.Write(ref _cancellation, cancellation);
                }

                return _token;
            }
        }
    }

    /// <summary>
    /// Fires at the deadline, and a second after the application ended the stream. No sooner: a cancelled flush resets the stream, and its status is lost.
    /// </summary>
    public CancellationToken FlushToken
    {
        get
        {
            if (_timer is null && !_stops)
            {
                return CancellationToken.None;
            }

            if (Volatile.Read(ref _flushCancellation) is not null)
            {
                return _flushToken;
            }

            lock (_lock)
            {
                if (_flushCancellation is null)
                {
                    if (_exceeded || _isCutOff)
                    {
                        return new CancellationToken(canceled: true);
                    }

                    var cancellation = new CancellationTokenSource();
                    _flushToken = cancellation.Token;
                    Volatile.Write(ref _flushCancellation, cancellation);
                }

                return _flushToken;
            }
        }
    }

    /// <summary>Ends the watch and says whether the deadline came first.</summary>
    public bool End()
    {
        lock (_lock)
        {
            _ended = true;
            return _exceeded;
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _cutOff?.Dispose();
        _shutdown.Unregister();
        _cancellation?.Dispose();
        _flushCancellation?.Dispose();
    }

    private void Arm(ITimer timer)
    {
        var due = _left < s_maxTimer ? _left : s_maxTimer;
        _left -= due;
        timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        if (_left > TimeSpan.Zero)
        {
            Arm(_timer!);
            return;
        }

        CancellationTokenSource? cancellation;
        CancellationTokenSource? flushCancellation;
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _exceeded = true;
            (cancellation, flushCancellation) = (_cancellation, _flushCancellation);
        }

        Cancel(cancellation);
        Cancel(flushCancellation);
    }

    private void Stop()
    {
        CancellationTokenSource? cancellation;
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _stopped = true;
            cancellation = _cancellation;
            _cutOff = _settings.TimeProvider.CreateTimer(static state => ((CallDeadline)state!).CutOff(), this, s_lastFlush, Timeout.InfiniteTimeSpan);
        }

        // All streams are told one after another, and the token runs what handlers do: one that blocks would hold up the end of the others.
        ThreadPool.UnsafeQueueUserWorkItem(
            static told => told.Call.Cancel(told.Source), (Call: this, Source: cancellation), preferLocal: false);
    }

    /// <summary>The caller takes nothing: it must not hold up the end of the application.</summary>
    private void CutOff()
    {
        CancellationTokenSource? flushCancellation;
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _isCutOff = true;
            flushCancellation = _flushCancellation;
        }

        Cancel(flushCancellation);
    }

    private void Cancel(CancellationTokenSource? cancellation)
    {
        try
        {
            cancellation?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended between the lock and here.
        }
        catch (AggregateException exception)
        {
            // From what the handler registered on the token. Out of a timer it would end the process.
            CallHandler.LogCallbackFailed(_settings.Logger, exception);
        }
    }
}
