using System.Diagnostics;

namespace Rollcall.LoadTest.Measuring;

/// <summary>Runs one operation from several workers for a fixed time.</summary>
internal static class Load
{
    /// <param name="operation">Called with the worker's number and a counter that never repeats within the worker.</param>
    public static async Task<Slice> RunAsync(int workers, TimeSpan duration, Func<int, long, Task> operation)
    {
        var counts = new long[workers];
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var bytes = GC.GetTotalAllocatedBytes();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            long count = 0;
            while (Stopwatch.GetTimestamp() < end)
            {
                await operation(worker, count);
                count++;
            }

            counts[worker] = count;
        })));
        return new Slice(counts.Sum(), Stopwatch.GetElapsedTime(started), GC.GetTotalAllocatedBytes() - bytes);
    }
}
