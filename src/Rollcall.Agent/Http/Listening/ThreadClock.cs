using System.Runtime.InteropServices;

namespace Rollcall.Agent.Http.Listening;

/// <summary>How long the thread that asks has had a processor (clock_gettime(2), CLOCK_THREAD_CPUTIME_ID): on a busy machine a short request takes long, and computes for no longer than ever.</summary>
internal static partial class ThreadClock
{
    /// <summary>Many times what a small request takes, and nothing that anybody notices. What takes longer, as writing to a slow disk may, is not for a thread that others wait for.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMilliseconds(1);

    /// <summary>Longer than any wait for a processor: it waits for something else, such as a disk or another one's large change, and so may the next.</summary>
    public static readonly TimeSpan Stalled = TimeSpan.FromMilliseconds(50);

    private const int ThreadProcessorTime = 3;

    /// <summary>0 where the system has no such clock: nothing is found to compute for long there.</summary>
    public static TimeSpan Now()
    {
        if (!OperatingSystem.IsLinux() || GetTime(ThreadProcessorTime, out var time) != 0)
        {
            return TimeSpan.Zero;
        }

        return TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick));
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
