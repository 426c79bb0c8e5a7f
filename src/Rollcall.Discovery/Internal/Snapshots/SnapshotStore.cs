using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Internal.Snapshots;

/// <summary>
/// Lists on disk, a file for each query, for a start while the source is down. A fault of the disk costs a warning, never a call. Several
/// processes may use one directory: files are replaced as a whole. Thread-safe, but for the writing: one at a time.
/// </summary>
internal sealed partial class SnapshotStore(string directory, TimeSpan maxAge, string sourceName, TimeProvider time, ILogger logger)
{
    public const string Extension = ".snapshot";
    private const string TemporaryExtension = ".tmp";
    private const long MaxBytes = 64 * 1024 * 1024;
    private const int MaxNameInFile = 40;

    private int _failed;

    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary>The list of a query, if there is one that can be used.</summary>
    public LoadedList? Load(ServiceQuery query)
    {
        var path = PathOf(query);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            if (new FileInfo(path).Length > MaxBytes)
            {
                Log.Unusable(logger, path, "it is too large for a list");
                return null;
            }

            if (!SnapshotFormat.TryRead(File.ReadAllBytes(path), out var list, out var fault))
            {
                Log.Unusable(logger, path, fault);
                return null;
            }

            return CheckLoaded(list, query, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.Unusable(logger, path, e.Message);
            return null;
        }
    }

    /// <summary>Puts a list in place of the one before; an empty one removes that.</summary>
    public void Save(EndpointSnapshot snapshot, DateTimeOffset confirmedAt)
    {
        var path = PathOf(snapshot.Query);
        try
        {
            if (snapshot.Endpoints.IsEmpty)
            {
                // There may not even be a directory.
                if (File.Exists(path))
                {
                    File.Delete(path);
                }
            }
            else
            {
                var list = new StoredList(
                    sourceName, snapshot.Query.ToString(), confirmedAt, [.. snapshot.Endpoints.Select(StoredEndpoint.Of)]);
                Replace(path, SnapshotFormat.Write(list), confirmedAt);
            }

            Volatile.Write(ref _failed, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TellNotWritten(e);
        }
    }

    /// <summary>Tells at the start if nothing can be stored, rather than when the first list comes.</summary>
    public void Check()
    {
        try
        {
            CreateDirectory();
            using var probe = new FileStream(
                Path.Combine(Directory, $"{Guid.NewGuid():N}{TemporaryExtension}"),
                new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TellNotWritten(e);
        }
    }

    /// <summary>
    /// Removes what is too old to be used, whichever process wrote it, so that the directory does not grow for ever. It may have files of others in it, which stay.
    /// </summary>
    public void Prune()
    {
        try
        {
            var oldest = time.GetUtcNow().UtcDateTime - maxAge;
            foreach (var file in new DirectoryInfo(Directory).EnumerateFiles())
            {
                if (OwnName().IsMatch(file.Name) && file.LastWriteTimeUtc < oldest)
                {
                    file.Delete();
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start tries again; what can't be written at all is told when there is something to write.
            Log.NotPruned(logger, Directory, e.Message);
        }
    }

    private void TellNotWritten(Exception error)
    {
        // Once, not for every list: the reason is the same for all.
        if (Interlocked.Exchange(ref _failed, 1) == 0)
        {
            Log.NotWritten(logger, Directory, error.Message.TrimEnd('.'));
        }
    }

    private LoadedList? CheckLoaded(StoredList list, ServiceQuery query, string path)
    {
        var age = time.GetUtcNow() - list.ConfirmedAt;
        if (list.Source != sourceName || list.Query != query.ToString())
        {
            Log.Unusable(logger, path, $"it is for '{list.Query}' from {list.Source}");
            return null;
        }

        if (age > maxAge)
        {
            Log.TooOld(logger, query, age, maxAge);
            return null;
        }

        try
        {
            var endpoints = list.Endpoints.Select(static endpoint => endpoint.ToEndpoint()).ToImmutableArray();
            return endpoints.IsEmpty ? null : new LoadedList(endpoints, list.ConfirmedAt);
        }
        catch (ArgumentException e)
        {
            Log.Unusable(logger, path, e.Message);
            return null;
        }
    }

    private void Replace(string path, byte[] bytes, DateTimeOffset confirmedAt)
    {
        CreateDirectory();
        var temporary = $"{path}.{Guid.NewGuid():N}{TemporaryExtension}";
        try
        {
            using (var file = new FileStream(temporary, Options()))
            {
                file.Write(bytes);

                // Before the rename: after a power cut the name would else stand for nothing. The rename itself may be lost with it, which leaves
                // the list before.
                file.Flush(flushToDisk: true);
            }

            // What is too old is found without opening it.
            File.SetLastWriteTimeUtc(temporary, confirmedAt.UtcDateTime);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Metadata may be meant for few: nobody else reads it here.</summary>
    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private void CreateDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(Directory);
        }
        else
        {
            System.IO.Directory.CreateDirectory(Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>What <see cref="PathOf"/>, <see cref="Replace"/> and <see cref="Check"/> call files.</summary>
    [GeneratedRegex(@"^([A-Za-z0-9_-]{1,40}-[0-9a-f]{16}\.snapshot(\.[0-9a-f]{32}\.tmp)?|[0-9a-f]{32}\.tmp)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex OwnName();

    /// <summary>A name that people recognise, and a hash that makes it the query's own.</summary>
    private string PathOf(ServiceQuery query)
    {
        var readable = string.Concat(query.Name.Take(MaxNameInFile).Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{sourceName}\n{query}"));
        return Path.Combine(Directory, $"{readable}-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}{Extension}");
    }
}
