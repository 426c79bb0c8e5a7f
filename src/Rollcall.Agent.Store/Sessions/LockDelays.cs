namespace Rollcall.Agent.Store.Sessions;

/// <summary>
/// Keys whose lock was lost with its session, and until when nobody may take them: whoever held the lock may not have noticed yet. Not part of
/// the state: it is lost with the process, and so are its clocks. Used by the single writer only.
/// </summary>
internal sealed class LockDelays(TimeProvider time)
{
    // Expired ones that nobody asked for are dropped when this many came together.
    private const int SweepAt = 1024;
    private readonly Dictionary<string, long> _until = new(StringComparer.Ordinal);
    private int _sweepAt = SweepAt;

    public void Start(string key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            return;
        }

        if (_until.Count >= _sweepAt)
        {
            Sweep();
        }

        _until[key] = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>The session has not ended after all.</summary>
    public void TakeBack(string key) => _until.Remove(key);

    public bool Holds(string key)
    {
        if (!_until.TryGetValue(key, out var until))
        {
            return false;
        }

        if (time.GetTimestamp() < until)
        {
            return true;
        }

        _until.Remove(key);
        return false;
    }

    private void Sweep()
    {
        var now = time.GetTimestamp();
        foreach (var (key, until) in _until)
        {
            if (until <= now)
            {
                _until.Remove(key);
            }
        }

        _sweepAt = Math.Max(SweepAt, 2 * _until.Count);
    }
}
