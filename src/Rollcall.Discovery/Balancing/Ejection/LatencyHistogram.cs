using System.Numerics;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>
/// Counts latencies in buckets that grow by a quarter of a power of two, from a microsecond to more than an hour, so a quantile is known to within
/// a quarter. Adding costs one interlocked increment. Thread-safe.
/// </summary>
internal sealed class LatencyHistogram
{
    // Below 4 microseconds a bucket per microsecond, then four to each doubling: the 128th ends at 2^33 microseconds.
    private readonly int[] _buckets = new int[128];

    public void Add(TimeSpan latency) => Interlocked.Increment(ref _buckets[Bucket(latency)]);

    /// <summary>The median of what was added since the last time, and how many that were; starts again from nothing. No count is lost.</summary>
    public (TimeSpan Median, int Count) TakeMedian()
    {
        Span<int> counts = stackalloc int[_buckets.Length];
        var total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Volatile.Read(ref _buckets[i]) == 0 ? 0 : Interlocked.Exchange(ref _buckets[i], 0);
            total += counts[i];
        }

        if (total == 0)
        {
            return (TimeSpan.Zero, 0);
        }

        var below = 0;
        var bucket = 0;
        while ((below + counts[bucket]) * 2L < total)
        {
            below += counts[bucket++];
        }

        // As if the bucket's calls were spread evenly over it.
        var within = ((total / 2.0) - below) / counts[bucket];
        var micros = Start(bucket) + (within * (Start(bucket + 1) - Start(bucket)));
        return (TimeSpan.FromMicroseconds(micros), total);
    }

    private static int Bucket(TimeSpan latency)
    {
        var micros = (ulong)Math.Max(0, latency.Ticks / TimeSpan.TicksPerMicrosecond);
        if (micros < 4)
        {
            return (int)micros;
        }

        var octave = BitOperations.Log2(micros);
        return Math.Min(127, (octave << 2) + (int)((micros >> (octave - 2)) & 3) - 4);
    }

    private static double Start(int bucket) => bucket < 4 ? bucket : (4 + (bucket & 3)) * Math.Pow(2, (bucket >> 2) - 1);
}
