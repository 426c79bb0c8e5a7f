using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.LoadTest.Picks;

/// <summary>What is measured: tight loops, each of which gives the sum of what it picked, so that the answer can be checked.</summary>
internal static class Loops
{
    private static readonly CallOutcome s_outcome = new(CallResult.Success, TimeSpan.FromMilliseconds(1));
    private static long s_counter;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Increment(int count)
    {
        long last = 0;
        for (var i = 0; i < count; i++)
        {
            last = Interlocked.Increment(ref s_counter);
        }

        return last;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Timestamp(int count)
    {
        long sum = 0;
        for (var i = 0; i < count; i++)
        {
            sum ^= Stopwatch.GetTimestamp();
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Plain(EndpointPicker picker, int count)
    {
        long sum = 0;
        PickContext context = default;
        for (var i = 0; i < count; i++)
        {
            picker.TryPick(context, out var lease);
            sum += lease.Slot;
            lease.Complete(s_outcome);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Keyed(EndpointPicker picker, int count)
    {
        long sum = 0;
        for (var i = 0; i < count; i++)
        {
            picker.TryPick(new PickContext { HashKey = (ulong)i }, out var lease);
            sum += lease.Slot;
            lease.Complete(s_outcome);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long Balanced(ServiceBalancer balancer, int count)
    {
        long sum = 0;
        for (var i = 0; i < count; i++)
        {
            balancer.TryPick(new PickContext { HashKey = (ulong)i }, out var lease);
            sum += lease.Slot;
            lease.Complete(s_outcome);
        }

        return sum;
    }

    /// <summary>What a ring costs without an index: the first point at or after the key by halving.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static long BinarySearch(ulong[] points, int count)
    {
        long sum = 0;
        for (var i = 0; i < count; i++)
        {
            var key = HashMix.Mix((ulong)i);
            var low = 0;
            var high = points.Length;
            while (low < high)
            {
                var middle = (low + high) >> 1;
                if (points[middle] < key)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            sum += low;
        }

        return sum;
    }
}
