using System.Runtime.InteropServices;

namespace Rollcall.Agent.Http.Listening;

/// <summary>How long the thread that asks has had a processor (clock_gettime(2), CLOCK_THREAD_CPUTIME_ID): on a busy machine a short request takes long, and computes for no longer than ever.</summary>
internal static partial class ThreadClock
{
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
