namespace Rollcall.Cli.Commands.Demo;

/// <summary>What one instance has done so far. Counters are safe from many threads.</summary>
internal sealed class InstanceTally(string id)
{
    private long _calls;
    private int _state;

    public string Id => id;

    /// <summary>Calls that it answered.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    public InstanceState State
    {
        get => (InstanceState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (int)value);
    }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>True for the first call.</summary>
    public bool Record(TimeSpan latency)
    {
        Latency.Record(latency);
        return Interlocked.Increment(ref _calls) == 1;
    }
}
