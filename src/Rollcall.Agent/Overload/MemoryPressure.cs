namespace Rollcall.Agent.Overload;

/// <summary>
/// How close the agent's own managed memory is to what it may use. The machine's load is not looked at: others' memory does not come free by refusing
/// requests. Read when a request comes and the last reading is old, so that it needs no timer. Safe for use by many threads.
/// </summary>
internal sealed class MemoryPressure
{
    private const double GrowingFrom = 0.75;
    private const double OrdinaryFrom = 0.9;

    private static readonly TimeSpan s_readEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_collectEvery = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly Func<bool, long> _read;
    private readonly long _period;
    private int _reading;

    // Written by who holds _reading, read by all.
    private long _nextRead;
    private long _inUse;
    private volatile Precedence _admitted = Precedence.Growing;

    // Guarded by _reading.
    private long? _collected;

    /// <param name="limit">Bytes.</param>
    /// <param name="read">Bytes in use, after a collection if that is asked for.</param>
    /// <param name="time">Says when a reading is old.</param>
    public MemoryPressure(long limit, Func<bool, long> read, TimeProvider time)
    {
        (Limit, _read, _time) = (limit, read, time);
        _period = (long)(s_readEvery.TotalSeconds * time.TimestampFrequency);
        _nextRead = long.MinValue;
    }

    /// <summary>Bytes that may be in use.</summary>
    public long Limit { get; }

    /// <summary>Bytes that were in use at the last reading.</summary>
    public long InUse => Volatile.Read(ref _inUse);

    public static long ReadHeap(bool collect)
    {
        if (collect)
        {
            GC.Collect();
        }

        return GC.GetTotalMemory(forceFullCollection: false);
    }

    /// <summary>The first in order that is still taken on.</summary>
    /// <param name="now">A timestamp of the clock.</param>
    public Precedence Admitted(long now)
    {
        if (now >= Volatile.Read(ref _nextRead) && Interlocked.Exchange(ref _reading, 1) == 0)
        {
            try
            {
                Read(now);
            }
            finally
            {
                Volatile.Write(ref _reading, 0);
            }
        }

        return _admitted;
    }

    private void Read(long now)
    {
        var inUse = _read(false);
        if (inUse >= Limit * GrowingFrom && (_collected is not { } last || _time.GetElapsedTime(last, now) >= s_collectEvery))
        {
            // Garbage is no reason to refuse anybody.
            inUse = _read(true);
            _collected = now;
        }

        Volatile.Write(ref _inUse, inUse);
        _admitted = inUse >= Limit * OrdinaryFrom ? Precedence.Vital : inUse >= Limit * GrowingFrom ? Precedence.Ordinary : Precedence.Growing;
        Volatile.Write(ref _nextRead, now + _period);
    }
}
