using System.Globalization;
using System.Text;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Critical unless a heartbeat came within the TTL. Thresholds do not apply: the service itself said how it is.</summary>
internal sealed class TtlCheck : IAsyncDisposable
{
    // Timers take no more than 49 days at once.
    private static readonly TimeSpan s_longestStep = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly TimeSpan _ttl;
    private readonly int _maxBytes;
    private readonly TimeProvider _time;
    private readonly Func<ProbeResult, Task<bool>> _report;
    private readonly ITimer _timer;

    // All under _lock. The version counts every change of state.
    private long _lastHeartbeat;
    private ProbeResult _last;
    private bool _expired;
    private long _version;

    public TtlCheck(CheckSpec spec, TimeProvider time, Func<ProbeResult, Task<bool>> report)
    {
        _ttl = spec.Ttl;
        _maxBytes = spec.OutputMaxSize;
        _time = time;
        _report = report;
        _lastHeartbeat = time.GetTimestamp();

        _timer = DetachedFlow.Start(
            () => time.CreateTimer(static state => ((TtlCheck)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        Arm(_ttl);
    }

    /// <summary>Takes what the service says of itself and starts the TTL anew.</summary>
    /// <returns>Ends when it is kept; false if it could not be.</returns>
    public Task<bool> HeartbeatAsync(string status, string output)
    {
        var result = new ProbeResult(status, Cap(output));
        lock (_lock)
        {
            _last = result;
            _lastHeartbeat = _time.GetTimestamp();
            _version++;
            if (_expired)
            {
                _expired = false;
                Arm(_ttl);
            }
        }

        return PublishAsync();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void OnTimer()
    {
        lock (_lock)
        {
            // A heartbeat only notes the time; the timer finds out here how much longer it has to wait. That keeps heartbeats cheap.
            var left = _ttl - _time.GetElapsedTime(_lastHeartbeat);
            if (left > TimeSpan.Zero)
            {
                Arm(left);
                return;
            }

            _expired = true;
            _version++;
        }

        _ = PublishAsync();
    }

    // Rounded up: timers count whole milliseconds, and one that fires early would be set for zero.
    private void Arm(TimeSpan left) =>
        _timer.Change(
            TimeSpan.FromMilliseconds(Math.Ceiling((left < s_longestStep ? left : s_longestStep).TotalMilliseconds)),
            Timeout.InfiniteTimeSpan);

    // The report is made outside the lock, so a heartbeat and the expiry may report in the wrong order. Each looks again after its report
    // and says the newer state, so that the last word is always the state that holds.
    private Task<bool> PublishAsync()
    {
        var (state, version) = Current();
        while (true)
        {
            var reported = _report(state);
            var (next, now) = Current();
            if (now == version)
            {
                return reported;
            }

            (state, version) = (next, now);
        }
    }

    private (ProbeResult State, long Version) Current()
    {
        lock (_lock)
        {
            return (_expired ? new ProbeResult(CheckStatus.Critical, ExpiredOutput(_last.Output)) : _last, _version);
        }
    }

    // A note begins with what matters, so its end is what goes, as in Consul.
    private string Cap(string output)
    {
        if (Encoding.UTF8.GetByteCount(output) <= _maxBytes)
        {
            return output;
        }

        var bytes = Encoding.UTF8.GetBytes(output);
        var end = _maxBytes;
        while (end > 0 && (bytes[end] & 0xC0) == 0x80)
        {
            end--; // A character whose end does not fit goes as a whole.
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(bytes, 0, end)} ... (captured {_maxBytes} of {bytes.Length} bytes)");
    }

    private static string ExpiredOutput(string? last) =>
        string.IsNullOrEmpty(last) ? "TTL expired" : $"TTL expired (last output before timeout follows): {last}";
}
