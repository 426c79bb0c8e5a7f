using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server;

/// <summary>
/// The time limit of one call. The timer decides: it sets a flag, and the status follows the flag. Comparing clocks when the call ends
/// would now and then find a call cancelled a moment before its deadline.
/// </summary>
internal sealed class CallDeadline : IDisposable
{
    // The longest that a timer takes; a later deadline is armed again.
    private static readonly TimeSpan s_maxTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly HttpContext _httpContext;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    private TimeSpan _left; // what remains after the timer that runs; touched by the constructor and the timer only
    private CancellationTokenSource? _cancellation; // guarded by _lock
    private bool _exceeded; // guarded by _lock
    private bool _ended; // guarded by _lock

    public CallDeadline(TimeProvider timeProvider, HttpContext httpContext, TimeSpan timeout)
    {
        _httpContext = httpContext;
        var now = timeProvider.GetUtcNow().UtcDateTime;
        Until = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;

        // Started only after the field is set: the callback may come before the constructor ends.
        _timer = timeProvider.CreateTimer(static state => ((CallDeadline)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _left = timeout;
        Arm();
    }

    public DateTime Until { get; }

    /// <summary>Fires at the deadline and when the request is aborted.</summary>
    public CancellationToken Token
    {
        get
        {
            lock (_lock)
            {
                if (_cancellation is null)
                {
                    if (_exceeded)
                    {
                        return new CancellationToken(canceled: true);
                    }

                    if (_ended)
                    {
                        return CancellationToken.None;
                    }

                    _cancellation = CancellationTokenSource.CreateLinkedTokenSource(_httpContext.RequestAborted);
                }

                return _cancellation.Token;
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
        _timer.Dispose();
        _cancellation?.Dispose();
    }

    private void Arm()
    {
        var due = _left < s_maxTimer ? _left : s_maxTimer;
        _left -= due;
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        if (_left > TimeSpan.Zero)
        {
            Arm();
            return;
        }

        CancellationTokenSource? cancellation;
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _exceeded = true;
            cancellation = _cancellation;
        }

        try
        {
            cancellation?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended between the lock and here.
        }
    }
}
