using System.Numerics;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>
/// Counts durations in a fixed number of buckets, so that a long run needs no more memory than a short one. Buckets are at most 1/32 of
/// their value wide: a percentile is right to about 3 percent. Recording is safe from many threads and takes no lock.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 5;
    private const int SubBuckets = 1 << SubBits;
    private const int Octaves = 27; // microseconds up to 2^32, more than an hour
    private readonly long[] _counts = new long[SubBuckets * (Octaves + 1)];

    public void Record(TimeSpan duration)
    {
        var micros = (uint)Math.Clamp(duration.TotalMicroseconds, 0, uint.MaxValue);
        Interlocked.Increment(ref _counts[IndexOf(micros)]);
    }

    /// <summary>The duration that this share of all (0 to 1) does not exceed; zero when nothing was recorded.</summary>
    public TimeSpan Percentile(double share)
    {
        long total = 0;
        foreach (ref var count in _counts.AsSpan())
        {
            total += Volatile.Read(ref count);
        }

        if (total == 0)
        {
            return TimeSpan.Zero;
        }

        var wanted = Math.Max(1, (long)Math.Ceiling(share * total));
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += Volatile.Read(ref _counts[i]);
            if (seen >= wanted)
            {
                return TimeSpan.FromMicroseconds(MiddleOf(i));
            }
        }

        return TimeSpan.FromMicroseconds(MiddleOf(_counts.Length - 1));
    }

    /// <summary>Below 32 a bucket for each value; above, 32 buckets between two powers of two.</summary>
    private static int IndexOf(uint value)
    {
        var shift = Math.Max(0, BitOperations.Log2(value) - SubBits);
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static double MiddleOf(int index)
    {
        if (index < 2 * SubBuckets)
        {
            return index;
        }

        var shift = (index >> SubBits) - 1;
        var low = (double)(long)(index - (shift << SubBits)) * (1L << shift);
        return low + ((1L << shift) - 1) / 2.0;
    }
}
