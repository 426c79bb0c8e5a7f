using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace Rollcall.Agent.Durability;

/// <summary>
/// Files and directories that outlast a power cut once they are made. Their names do so only after the directory that holds them was written
/// (<see href="https://man7.org/linux/man-pages/man2/fsync.2.html">fsync(2)</see>).
/// </summary>
internal static partial class DurableFile
{
    // Errors of Linux.
    private const int Interrupted = 4;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int InvalidArgument = 22;
    private const int ReadOnlyFileSystem = 30;
    private const int NotSupported = 95;

    /// <summary>Puts a file in the place of another, which is there until the new one is whole. It holds secrets: for nobody else to read.</summary>
    /// <exception cref="IOException">It can't be written; the old one is there, or the new one is and may be gone after a power cut.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; the old one is there.</exception>
    public static void Replace(string path, Action<Stream> write)
    {
        // A name that nobody has: a file that is there would keep its rights, or be that of somebody who writes at the same time.
        var next = $"{path}.{Path.GetRandomFileName()}";
        using (var file = Open(next, FileMode.CreateNew))
        {
            try
            {
                write(file);
                file.Flush();
                Sync(file.SafeFileHandle, next);
                File.Move(next, path, overwrite: true);
            }
            catch
            {
                // Nobody would look for it.
                File.Delete(next);
                throw;
            }
        }

        SyncDirectoryOf(path);
    }

    /// <summary>Deletes what <see cref="Replace"/> left when the process ended in the middle of it. Only for who alone replaces the file.</summary>
    /// <exception cref="IOException">It can't be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be deleted.</exception>
    public static void DeleteLeftOvers(string path)
    {
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.Directory | FileAttributes.ReparsePoint, MatchType = MatchType.Simple, IgnoreInaccessible = false };
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, $"{Path.GetFileName(path)}.*", options))
        {
            if (RandomEnding().IsMatch(Path.GetFileName(file)[Path.GetFileName(path).Length..]))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>Makes an empty file where there is none. It is for nobody else to read.</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void CreateIfMissing(string path)
    {
        // To close one that is there would end the locks that SQLite has on it in this process.
        if (!File.Exists(path))
        {
            CheckWritable(path);
        }
    }

    /// <summary>Opens a file to write, and makes it where there is none.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void CheckWritable(string path) => Open(path, FileMode.OpenOrCreate).Dispose();

    /// <summary>Makes a directory, and those above it, where they are not there. What is made is for nobody else to read.</summary>
    /// <exception cref="IOException">It can't be made, or is a file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void CreateDirectory(string path)
    {
        var made = new Stack<string>();
        for (var missing = Path.GetFullPath(path); missing is not null && !Directory.Exists(missing); missing = Path.GetDirectoryName(missing))
        {
            made.Push(Path.TrimEndingDirectorySeparator(missing));
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (var directory in made)
        {
            SyncDirectoryOf(directory);
        }
    }

    /// <summary>Keeps the name of a file, or of a directory.</summary>
    /// <exception cref="IOException">The directory it is in can't be written.</exception>
    public static void SyncDirectoryOf(string path)
    {
        // Windows keeps names by itself, and opens no directories.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        using var handle = Open(directory, 0);
        if (handle.IsInvalid)
        {
            if (Marshal.GetLastPInvokeError() is NotPermitted or AccessDenied)
            {
                // Who may write there and not read can't sync it.
                return;
            }

            throw new IOException($"{directory} can't be written to disk: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        Sync(handle, directory);
    }

    private static void Sync(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        // Not by FlushToDisk, which says nothing when the disk fails.
        while (SyncFile(handle) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case InvalidArgument or ReadOnlyFileSystem or NotSupported:
                    // A file system that has no such call, some for directories alone.
                    return;
                default:
                    throw new IOException($"{path} can't be written to disk: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
    }

    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    // Of Path.GetRandomFileName.
    [GeneratedRegex(@"^\.[a-z0-5]{8}\.[a-z0-5]{3}\z")]
    private static partial Regex RandomEnding();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncFile(SafeFileHandle file);
}
