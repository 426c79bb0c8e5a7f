using System.IO.MemoryMappedFiles;

namespace Rollcall.LoadTest.Disks;

/// <summary>Tells the failing disk under an agent which of its calls are to fail. Its other half is failing-disk.c.</summary>
internal sealed class DiskControl : IDisposable
{
    /// <summary>An error of the device.</summary>
    public const long InputOutput = 5;

    /// <summary>No space left on the device.</summary>
    public const long NoSpace = 28;

    // Six numbers of 64 bits: calls, from, to, error, torn, failed.
    private const int Size = 6 * sizeof(long);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _block;

    public DiskControl(string path)
    {
        Path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, Size);
        _block = _file.CreateViewAccessor();
    }

    public string Path { get; }

    /// <summary>Writes, syncs and renames that failed so far.</summary>
    public long Failed => _block.ReadInt64(5 * sizeof(long));

    /// <summary>From now on, after some calls, some fail.</summary>
    /// <param name="after">How many succeed first.</param>
    /// <param name="count">How many fail.</param>
    /// <param name="error">With which error.</param>
    /// <param name="torn">Whether a write that fails has written half of it.</param>
    public void Fail(long after, long count, long error, bool torn)
    {
        var from = _block.ReadInt64(0) + 1 + after;
        _block.Write(3 * sizeof(long), error);
        _block.Write(4 * sizeof(long), torn ? 1L : 0L);

        // The range is empty until its second end is there.
        _block.Write(2 * sizeof(long), 0L);
        _block.Write(1 * sizeof(long), from);
        _block.Write(2 * sizeof(long), count == long.MaxValue ? count : from + count);
    }

    /// <summary>Nothing fails any more.</summary>
    public void Heal() => _block.Write(2 * sizeof(long), 0L);

    public void Dispose()
    {
        _block.Dispose();
        _file.Dispose();
    }
}
