using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>
/// How often a second the disk takes a page and a sync, with nothing around it: what one durable write can't be faster than. The pages are those of a
/// file that has its size already, because a sync of one that grows costs twice as much, and a journal does not grow with each write.
/// </summary>
internal static partial class RawDisk
{
    private const int PageBytes = 4096;
    private const int Pages = 1024;

    public static Task<Slice> RunAsync(string directory, TimeSpan duration) => Load.RunLoopsAsync(1, duration, (_, running) =>
    {
        using var file = File.OpenHandle(Path.Combine(directory, "raw"), FileMode.Create, FileAccess.Write, options: FileOptions.DeleteOnClose);
        var page = new byte[PageBytes];
        for (var i = 0; i < Pages; i++)
        {
            RandomAccess.Write(file, page, i * PageBytes);
        }

        Sync(file);
        long count = 0;
        while (running())
        {
            RandomAccess.Write(file, page, count % Pages * PageBytes);
            Sync(file);
            count++;
        }

        return Task.FromResult(count);
    });

    private static void Sync(SafeFileHandle file)
    {
        if (DataSync(file) != 0)
        {
            throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);
}
