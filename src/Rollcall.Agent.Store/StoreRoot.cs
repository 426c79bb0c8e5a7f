using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Kv;
using Rollcall.Agent.Store.Local;

namespace Rollcall.Agent.Store;

/// <summary>
/// Everything the agent knows at one moment. Immutable: a reader that holds it sees one consistent state for as long as it likes.
/// </summary>
/// <param name="Index">The last commit that changed anything.</param>
/// <param name="Catalog">What clients discover.</param>
/// <param name="Kv">Keys and values.</param>
/// <param name="Local">What was registered on this agent.</param>
public sealed record StoreRoot(ulong Index, CatalogState Catalog, KvState Kv, LocalState Local)
{
    public static readonly StoreRoot Empty = new(0, CatalogState.Empty, KvState.Empty, LocalState.Empty);

    /// <summary>Nothing but the index differs.</summary>
    internal bool SameContent(StoreRoot other) =>
        ReferenceEquals(Catalog, other.Catalog) && ReferenceEquals(Kv, other.Kv) && ReferenceEquals(Local, other.Local);
}
