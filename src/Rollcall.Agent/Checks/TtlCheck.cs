using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Critical unless a heartbeat came within the TTL. Thresholds do not apply: the service itself said how it is.</summary>
internal sealed class TtlCheck : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _ttl;
    private readonly TimeProvider _time;
    private readonly Action<ProbeResult> _report;
    private readonly ITimer _timer;

    // All under _lock.
    private long _lastHeartbeat;
    private ProbeResult _last;
    private bool _expired;
    private long _version;

    public TtlCheck(TimeSpan ttl, TimeProvider time, Action<ProbeResult> report)
    {
        _ttl = ttl;
        _time = time;
        _report = report;
        _lastHeartbeat = time.GetTimestamp();

        _timer = DetachedFlow.Start(
            () => time.CreateTimer(static state => ((TtlCheck)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        _timer.Change(ttl, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes what the service says of itself and starts the TTL anew.</summary>
    public void Heartbeat(string status, string output)
    {
        var result = new ProbeResult(status, OutputTail.Cap(output));
        lock (_lock)
        {
            _last = result;
            _lastHeartbeat = _time.GetTimestamp();
            _version++;
            if (_expired)
            {
                _expired = false;
                _timer.Change(_ttl, Timeout.InfiniteTimeSpan);
            }
        }

        _report(result);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void OnTimer()
    {
        ProbeResult last;
        long version;
        lock (_lock)
        {
            // A heartbeat only notes the time; the timer finds out here how much longer it has to wait. That keeps heartbeats cheap.
            var left = _ttl - _time.GetElapsedTime(_lastHeartbeat);
            if (left > TimeSpan.Zero)
            {
                // Rounded up: timers count whole milliseconds, and one that fires early would be set for zero.
                _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                return;
            }

            _expired = true;
            last = _last;
            version = _version;
        }

        _report(new ProbeResult(CheckStatus.Critical, ExpiredOutput(last.Output)));

        // A heartbeat that came in between may have been reported before the line above; its word must be the last one.
        while (true)
        {
            lock (_lock)
            {
                if (_version == version)
                {
                    return;
                }

                version = _version;
                last = _last;
            }

            _report(last);
        }
    }

    private static string ExpiredOutput(string? last) =>
        string.IsNullOrEmpty(last) ? "TTL expired" : $"TTL expired (last output before timeout follows): {last}";
}
