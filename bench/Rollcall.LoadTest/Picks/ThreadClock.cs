using System.Runtime.InteropServices;

namespace Rollcall.LoadTest.Picks;

/// <summary>What the calling thread has computed so far: others on the machine don't show in it. Linux; elsewhere the time that has passed.</summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3;

    public static long Nanoseconds()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (long)(System.Diagnostics.Stopwatch.GetTimestamp() * (1e9 / System.Diagnostics.Stopwatch.Frequency));
        }

        _ = ClockGetTime(ThreadCpuTime, out var time);
        return (time.Seconds * 1_000_000_000L) + time.Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
