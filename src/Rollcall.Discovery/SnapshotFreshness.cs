namespace Rollcall.Discovery;

/// <summary>How much a snapshot can be trusted.</summary>
public enum SnapshotFreshness
{
    /// <summary>The watch is running and the source vouches for the list.</summary>
    Fresh,

    /// <summary>The source can't be reached; this is the last list it gave.</summary>
    Stale,

    /// <summary>The source answered, but the answer looks like an outage (state lost, no leader, sudden collapse); the last good list is held.</summary>
    Suspect,
}
