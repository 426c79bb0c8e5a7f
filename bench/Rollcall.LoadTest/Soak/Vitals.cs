using System.Diagnostics;

namespace Rollcall.LoadTest.Soak;

/// <summary>What a process holds.</summary>
/// <param name="HeapBytes">Live objects, after a full collection.</param>
/// <param name="Handles">Open handles; on Linux, file descriptors.</param>
/// <param name="Threads">Threads of the process.</param>
/// <param name="Unobserved">Exceptions of tasks that nobody looked at, since the start of the process.</param>
internal sealed record Vitals(long HeapBytes, int Handles, int Threads, int Unobserved)
{
    private const long HeapSlack = 4 * 1024 * 1024;
    private const int HandleSlack = 24;
    private const int ThreadSlack = 12;

    private static int s_unobserved;

    /// <summary>Begins to count unobserved exceptions in this process.</summary>
    public static void Watch() => TaskScheduler.UnobservedTaskException += static (_, _) => Interlocked.Increment(ref s_unobserved);

    public static Vitals Read()
    {
        // Unobserved exceptions are found by finalizers.
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        return new Vitals(GC.GetTotalMemory(forceFullCollection: true), process.HandleCount, process.Threads.Count, Volatile.Read(ref s_unobserved));
    }

    /// <summary>Nothing has grown beyond what pools and the thread pool take and give back.</summary>
    public bool IsFlatSince(Vitals before) =>
        HeapBytes <= (before.HeapBytes * 3 / 2) + HeapSlack
        && Handles <= before.Handles + HandleSlack
        && Threads <= before.Threads + ThreadSlack
        && Unobserved == 0;
}
