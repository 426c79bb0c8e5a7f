namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>
/// How the calls of one endpoint ended since the last interval. A call costs one interlocked operation, one more for its latency. Thread-safe.
/// </summary>
internal sealed class CallTally
{
    private const int FailureShift = 32;

    // Made with the first latency that a rule asks for.
    private LatencyHistogram? _latencies;

    // Failures in the upper half, successes in the lower one: both are taken at once.
    private long _counts;

    public void AddSuccess() => Interlocked.Increment(ref _counts);

    public void AddFailure() => Interlocked.Add(ref _counts, 1L << FailureShift);

    public void AddLatency(TimeSpan latency)
    {
        if (Volatile.Read(ref _latencies) is null)
        {
            Interlocked.CompareExchange(ref _latencies, new LatencyHistogram(), null);
        }

        _latencies!.Add(latency);
    }

    /// <summary>What was added since the last time. No call is lost, and none is counted twice.</summary>
    public IntervalRecord Take()
    {
        var counts = Interlocked.Exchange(ref _counts, 0);
        var (median, timed) = Volatile.Read(ref _latencies)?.TakeMedian() ?? default;
        return new IntervalRecord((int)counts, (int)(counts >> FailureShift), median, timed);
    }
}
