using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Kv;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;

namespace Rollcall.Agent.Store;

/// <summary>
/// Everything the agent knows at one moment. Immutable: a reader that holds it sees one consistent state for as long as it likes.
/// </summary>
/// <param name="Index">The last commit that changed anything.</param>
/// <param name="Catalog">What clients discover.</param>
/// <param name="Kv">Keys and values.</param>
/// <param name="Local">What was registered on this agent.</param>
/// <param name="Sessions">What holds locks.</param>
/// <param name="Records">What else clients put into it.</param>
public sealed record StoreRoot(ulong Index, CatalogState Catalog, KvState Kv, LocalState Local, SessionState Sessions, RecordState Records)
{
    // A server of Consul has written about itself so often before it enters its node. Programs that start an agent for their tests take an index of 1
    // for that of one that has no leader yet.
    private const ulong FirstIndex = 8;

    /// <summary>What an agent begins with that never kept anything.</summary>
    public static readonly StoreRoot Empty = new(FirstIndex, CatalogState.Empty, KvState.Empty, LocalState.Empty, SessionState.Empty, RecordState.Empty);

    /// <summary>Who may do what.</summary>
    public AclState Acl { get; init; } = AclState.Empty;

    /// <summary>How often a snapshot was restored: indexes of single things may be lower in a later epoch than in an earlier one.</summary>
    public int Epoch { get; init; }

    /// <summary>Nothing but the index differs.</summary>
    internal bool SameContent(StoreRoot other) =>
        ReferenceEquals(Catalog, other.Catalog) && ReferenceEquals(Kv, other.Kv) && ReferenceEquals(Local, other.Local)
        && ReferenceEquals(Sessions, other.Sessions) && ReferenceEquals(Records, other.Records) && ReferenceEquals(Acl, other.Acl);
}
