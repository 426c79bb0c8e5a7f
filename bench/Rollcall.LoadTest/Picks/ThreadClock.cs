using System.Runtime.InteropServices;

namespace Rollcall.LoadTest.Picks;

/// <summary>What the calling thread has computed so far: others on the machine don't show in it. Linux; elsewhere the time that has passed.</summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3;
    private const int ThisThread = 1;

    public static long Nanoseconds()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (long)(System.Diagnostics.Stopwatch.GetTimestamp() * (1e9 / System.Diagnostics.Stopwatch.Frequency));
        }

        _ = ClockGetTime(ThreadCpuTime, out var time);
        return (time.Seconds * 1_000_000_000L) + time.Nanoseconds;
    }

    /// <summary>How often the calling thread has lost or given up its processor so far: what the kernel does on the way counts as its time. Linux; elsewhere 0.</summary>
    public static long Switches()
    {
        if (!OperatingSystem.IsLinux() || GetResourceUsage(ThisThread, out var usage) != 0)
        {
            return 0;
        }

        return usage.GivenUp + usage.Lost;
    }

    [DllImport("libc", EntryPoint = "getrusage")]
    private static extern int GetResourceUsage(int who, out ResourceUsage usage);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    /// <summary>The two of its sixteen fields that are asked for, where long has 64 bits.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct ResourceUsage
    {
        [FieldOffset(128)]
        public long GivenUp;

        [FieldOffset(136)]
        public long Lost;
    }
}
