using Rollcall.Agent.Checks;

namespace Rollcall.Agent.Sessions;

/// <summary>Calls when nobody renewed for a time. Safe for use by many threads.</summary>
internal sealed class SessionTimer : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly Action _expire;
    private readonly ITimer _timer;
    private long _renewed;

    public SessionTimer(TimeSpan patience, TimeProvider time, Action expire)
    {
        _patience = patience;
        _time = time;
        _expire = expire;
        _renewed = time.GetTimestamp();
        _timer = DetachedFlow.Start(
            () => time.CreateTimer(static state => ((SessionTimer)state!).OnTimer(), this, patience, Timeout.InfiniteTimeSpan));
    }

    // Only notes the time; the timer finds out how much longer it has to wait. That keeps renewals cheap.
    public void Renew() => Volatile.Write(ref _renewed, _time.GetTimestamp());

    /// <summary>Calls once more, after that time if it is not renewed.</summary>
    public void ExpireIn(TimeSpan pause) => _timer.Change(pause, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        var left = _patience - _time.GetElapsedTime(Volatile.Read(ref _renewed));
        if (left <= TimeSpan.Zero)
        {
            _expire();
            return;
        }

        // Rounded up: timers count whole milliseconds, and one that fires early would be set for zero.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
