using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>How often a second the disk takes a page and a sync, with nothing around it: what one durable write can't be faster than.</summary>
internal static partial class RawDisk
{
    private const int PageBytes = 4096;

    public static Task<Slice> RunAsync(string directory, TimeSpan duration) => Load.RunLoopsAsync(1, duration, (_, running) =>
    {
        using var file = File.OpenHandle(Path.Combine(directory, "raw"), FileMode.Create, FileAccess.Write, options: FileOptions.DeleteOnClose);
        var page = new byte[PageBytes];
        long count = 0;
        while (running())
        {
            RandomAccess.Write(file, page, count * PageBytes);
            if (DataSync(file) != 0)
            {
                throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            count++;
        }

        return Task.FromResult(count);
    });

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);
}
