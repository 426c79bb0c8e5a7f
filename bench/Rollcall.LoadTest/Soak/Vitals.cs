using System.Diagnostics;

namespace Rollcall.LoadTest.Soak;

/// <summary>What a process holds.</summary>
/// <param name="HeapBytes">Live objects, after a full collection.</param>
/// <param name="Handles">Open handles; on Linux, file descriptors.</param>
/// <param name="Threads">Threads of the process.</param>
/// <param name="Unobserved">Exceptions of tasks that nobody looked at, since the start of the process.</param>
internal sealed record Vitals(long HeapBytes, int Handles, int Threads, int Unobserved)
{
    // Fifty kilobytes for each instance that is replaced in ten minutes.
    private const long HeapSlack = 3 * 512 * 1024;
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

    /// <summary>What has grown beyond what pools and the thread pool take and give back.</summary>
    public IEnumerable<string> GrownSince(Vitals before)
    {
        (string Name, bool Grew)[] all =
        [
            ("heap", HeapBytes > (before.HeapBytes * 5 / 4) + HeapSlack),
            ("handles", Handles > before.Handles + HandleSlack),
            ("threads", Threads > before.Threads + ThreadSlack),
            ("exceptions", Unobserved > 0),
        ];
        return all.Where(static v => v.Grew).Select(static v => v.Name);
    }
}
