using System.Collections.Concurrent;
using System.Diagnostics;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Faults;

/// <summary>Keeps when each call began and how long it took, however it ended. Thread-safe.</summary>
internal sealed class TimedCall(string kind, IPacedCall call) : IPacedCall
{
    // The 99th percentile of fewer is the worst of a handful.
    private const int FewestForPercentile = 50;

    private readonly ConcurrentQueue<(long Begun, TimeSpan Took)> _times = new();

    /// <summary>What the calls are.</summary>
    public string Kind => kind;

    public async Task CallAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            await call.CallAsync();
        }
        finally
        {
            _times.Enqueue((begun, Stopwatch.GetElapsedTime(begun)));
        }
    }

    /// <summary>Of the calls that began between two moments, 99 % took no longer.</summary>
    public TimeSpan P99(long from, long to) => Statistics.Percentile(Took(from, to), 99);

    /// <summary>
    /// How long after <paramref name="from"/> the calls that began until <paramref name="to"/> were no slower than <paramref name="tolerance"/> times
    /// those of <paramref name="control"/>, in 99 of 100 cases; null: not as long as there are enough of them to tell.
    /// </summary>
    public TimeSpan? Back(long from, long to, TimedCall control, double tolerance)
    {
        var step = Stopwatch.Frequency / 20;
        for (var since = from; Took(since, to) is { Length: >= FewestForPercentile } took; since += step)
        {
            if (Statistics.Percentile(took, 99) <= tolerance * control.P99(since, to))
            {
                return Stopwatch.GetElapsedTime(from, since);
            }
        }

        return null;
    }

    private TimeSpan[] Took(long from, long to) => [.. _times.Where(t => t.Begun >= from && t.Begun < to).Select(static t => t.Took)];
}
