namespace Rollcall.LoadTest.Disks;

/// <summary>What a process does to a disk, and what can fail. In the order of failing-disk.c.</summary>
[Flags]
internal enum DiskCalls
{
    None = 0,
    Write = 1,
    Sync = 1 << 1,

    /// <summary>A file gets another length.</summary>
    Cut = 1 << 2,
    Rename = 1 << 3,
    SyncOfDirectory = 1 << 4,
    Delete = 1 << 5,

    /// <summary>A file or a directory that was not there.</summary>
    Make = 1 << 6,
    All = (1 << 7) - 1,
}
