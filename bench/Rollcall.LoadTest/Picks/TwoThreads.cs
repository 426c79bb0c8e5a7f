using System.Diagnostics;

namespace Rollcall.LoadTest.Picks;

/// <summary>Runs a loop on two threads at the same time.</summary>
internal static class TwoThreads
{
    // On a busy machine one of two threads often waits for its processor while the other one has the counters for itself.
    private const double LeastOverlap = 0.9;
    private const int TriesPerRound = 10;

    /// <summary>The least of so many rounds in which the two ran at the same time; of fewer, if that takes too long.</summary>
    /// <returns>Nanoseconds of CPU time of the mean thread; infinite if there was no such round.</returns>
    public static double Least(Action loop, int rounds)
    {
        var least = double.PositiveInfinity;
        for (int tries = 0, good = 0; good < rounds && tries < rounds * TriesPerRound; tries++)
        {
            if (Measure(loop) is { } taken)
            {
                good++;
                least = Math.Min(least, taken);
            }
        }

        return least;
    }

    private static double? Measure(Action loop)
    {
        var taken = new long[2];
        var started = new long[2];
        var ended = new long[2];
        var ready = 0;
        Thread[] all =
        [
            .. Enumerable.Range(0, 2).Select(i => new Thread(() =>
            {
                Interlocked.Increment(ref ready);
                while (Volatile.Read(ref ready) < 2)
                {
                    Thread.SpinWait(10);
                }

                started[i] = Stopwatch.GetTimestamp();
                var cpu = ThreadClock.Nanoseconds();
                loop();
                taken[i] = ThreadClock.Nanoseconds() - cpu;
                ended[i] = Stopwatch.GetTimestamp();
            })),
        ];
        Array.ForEach(all, static thread => thread.Start());
        Array.ForEach(all, static thread => thread.Join());
        var passed = Stopwatch.GetElapsedTime(started.Min(), ended.Max()).TotalNanoseconds;
        return taken.Min() >= LeastOverlap * passed ? taken.Average() : null;
    }
}
