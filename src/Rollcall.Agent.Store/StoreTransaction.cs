using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Kv;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store;

/// <summary>The root that one command is building, and what it has changed so far. Used by the single writer only.</summary>
public sealed class StoreTransaction
{
    private readonly HashSet<Topic> _changed = [];

    internal StoreTransaction(StoreRoot root)
    {
        Index = root.Index + 1;
        Catalog = root.Catalog;
        Kv = root.Kv;
        Local = root.Local;
        CatalogWriter = new CatalogWriter(this);
        LocalWriter = new LocalWriter(this);
    }

    /// <summary>The index this command gets if it changes anything.</summary>
    public ulong Index { get; }

    internal CatalogState Catalog { get; set; }

    internal KvState Kv { get; set; }

    internal LocalState Local { get; set; }

    internal CatalogWriter CatalogWriter { get; }

    internal LocalWriter LocalWriter { get; }

    internal IReadOnlyCollection<Topic> Changed => _changed;

    internal void Touch(Topic topic) => _changed.Add(topic);

    internal StoreRoot Build() => new(Index, Catalog, Kv, Local);
}
