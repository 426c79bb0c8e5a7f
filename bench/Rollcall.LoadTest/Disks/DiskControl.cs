using System.IO.MemoryMappedFiles;
using System.Numerics;

namespace Rollcall.LoadTest.Disks;

/// <summary>Tells the failing disk under an agent which of its calls are to fail. Its other half is failing-disk.c.</summary>
internal sealed class DiskControl : IDisposable
{
    /// <summary>An error of the device.</summary>
    public const long InputOutput = 5;

    /// <summary>No space left on the device.</summary>
    public const long NoSpace = 28;

    // Numbers of 64 bits: calls, from, to, error, torn, kinds, and how many failed of each kind.
    private const int Calls = 0;
    private const int From = 1 * sizeof(long);
    private const int To = 2 * sizeof(long);
    private const int Error = 3 * sizeof(long);
    private const int Torn = 4 * sizeof(long);
    private const int Kinds = 5 * sizeof(long);
    private const int FailedOf = 6 * sizeof(long);
    private const int KindsThere = 7;
    private const int Size = FailedOf + (KindsThere * sizeof(long));

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _block;

    public DiskControl(string path)
    {
        Path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, Size);
        _block = _file.CreateViewAccessor();
    }

    public string Path { get; }

    /// <summary>Calls that failed so far.</summary>
    public long Failed => Enumerable.Range(0, KindsThere).Sum(FailedOfPlace);

    /// <summary>Calls of one kind that failed so far.</summary>
    public long FailedOfKind(DiskCalls kind) => FailedOfPlace(BitOperations.Log2((uint)kind));

    /// <summary>From now on, after some calls, some fail.</summary>
    /// <param name="after">How many succeed first.</param>
    /// <param name="count">How many fail.</param>
    /// <param name="error">With which error.</param>
    /// <param name="torn">Whether a write that fails has written half of it.</param>
    /// <param name="kinds">Which calls are counted and fail; the others succeed.</param>
    public void Fail(long after, long count, long error, bool torn, DiskCalls kinds = DiskCalls.All)
    {
        // The range is empty until its second end is there.
        Heal();
        _block.Write(Kinds, (long)kinds);
        _block.Write(Error, error);
        _block.Write(Torn, torn ? 1L : 0L);
        var from = _block.ReadInt64(Calls) + 1 + after;
        _block.Write(From, from);
        _block.Write(To, count == long.MaxValue ? count : from + count);
    }

    /// <summary>Nothing fails any more.</summary>
    public void Heal() => _block.Write(To, 0L);

    /// <summary>Counts calls of these kinds, and lets none fail.</summary>
    /// <returns>How many there were until now; the difference of two is what counts.</returns>
    public long Count(DiskCalls kinds)
    {
        Heal();
        _block.Write(Kinds, (long)kinds);
        return _block.ReadInt64(Calls);
    }

    public void Dispose()
    {
        _block.Dispose();
        _file.Dispose();
    }

    private long FailedOfPlace(int place) => _block.ReadInt64(FailedOf + (place * sizeof(long)));
}
