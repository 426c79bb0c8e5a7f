using System.Diagnostics;

namespace Rollcall.LoadTest.Measuring;

/// <summary>Runs one operation from several workers for a fixed time.</summary>
internal static class Load
{
    /// <param name="workers">How many at once.</param>
    /// <param name="duration">How long.</param>
    /// <param name="operation">Called with the worker's number and a counter that never repeats within the worker.</param>
    public static Task<Slice> RunAsync(int workers, TimeSpan duration, Func<int, long, Task> operation) =>
        RunLoopsAsync(workers, duration, async (worker, running) =>
        {
            long count = 0;
            while (running())
            {
                await operation(worker, count);
                count++;
            }

            return count;
        });

    /// <param name="workers">How many at once.</param>
    /// <param name="duration">How long.</param>
    /// <param name="loop">Works as long as its second argument says true, and returns how many operations it did.</param>
    public static async Task<Slice> RunLoopsAsync(int workers, TimeSpan duration, Func<int, Func<bool>, Task<long>> loop)
    {
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        Func<bool> running = () => Stopwatch.GetTimestamp() < end;
        var cpu = Environment.CpuUsage.TotalTime;
        var bytes = GC.GetTotalAllocatedBytes();
        var counts = await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(() => loop(worker, running))));
        return new Slice(
            counts.Sum(), Stopwatch.GetElapsedTime(started), GC.GetTotalAllocatedBytes() - bytes, Environment.CpuUsage.TotalTime - cpu);
    }
}
