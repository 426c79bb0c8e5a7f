using System.Collections.Immutable;
using Rollcall.Agent.Store.Sessions;

namespace Rollcall.Agent.Store.Records;

/// <summary>What clients put into the agent besides the catalog and keys, and what it keeps for them as it is. Immutable.</summary>
public sealed record RecordState
{
    public static readonly RecordState Empty = new();

    private RecordState()
    {
    }

    /// <summary>Where nodes are in the network, by <see cref="CatalogKey"/>.</summary>
    public Table<NodeCoordinate> Coordinates { get; init; } = Table<NodeCoordinate>.Empty;

    /// <summary>Settings of Consul's autopilot, which has nothing to do on a single node; one row, under an empty key.</summary>
    public Table<AutopilotSettings> Autopilot { get; init; } = Table<AutopilotSettings>.Empty;

    /// <summary>Prepared queries, by the key of their id.</summary>
    public Table<PreparedQuery> Queries { get; init; } = Table<PreparedQuery>.Empty;

    /// <summary>The keys of the queries that end with a session, by the key of the session. A session that has none is not in it.</summary>
    internal ImmutableDictionary<string, ImmutableHashSet<string>> BoundQueries { get; private init; } =
        ImmutableDictionary.Create<string, ImmutableHashSet<string>>(StringComparer.Ordinal);

    /// <summary>Config entries, by kind and name.</summary>
    public Table<ConfigEntry> ConfigEntries { get; init; } = Table<ConfigEntry>.Empty;

    /// <summary>Intentions, by the key of their id.</summary>
    public Table<Intention> Intentions { get; init; } = Table<Intention>.Empty;

    /// <summary>Events that reached the agent. Not kept on disk, as in Consul.</summary>
    public EventState Events { get; init; } = EventState.Empty;

    internal RecordState PutQuery(string key, PreparedQuery query, ulong index)
    {
        var put = Unbind(key) with { Queries = Queries.Put(key, query, index) };
        return query.Session.Length > 0 ? put.Bind(key, SessionId.KeyOf(query.Session)) : put;
    }

    internal RecordState RemoveQuery(string key, ulong index) => Unbind(key) with { Queries = Queries.Remove(key, index) };

    private RecordState Bind(string key, string session) => this with
    {
        BoundQueries = BoundQueries.SetItem(session, BoundQueries.GetValueOrDefault(session, SessionState.NoKeys).Add(key)),
    };

    private RecordState Unbind(string key)
    {
        if (Queries.Find(key) is not { Session: { Length: > 0 } bound })
        {
            return this;
        }

        var session = SessionId.KeyOf(bound);
        var left = BoundQueries[session].Remove(key);
        return this with { BoundQueries = left.IsEmpty ? BoundQueries.Remove(session) : BoundQueries.SetItem(session, left) };
    }

    /// <summary>The same at an index: what there was of each kind may have gone by then.</summary>
    internal RecordState At(ulong index) => At(index, index, index, index, index);

    internal RecordState At(ulong coordinates, ulong autopilot, ulong queries, ulong configEntries, ulong intentions) => this with
    {
        Coordinates = Coordinates with { Index = coordinates },
        Autopilot = Autopilot with { Index = autopilot },
        Queries = Queries with { Index = queries },
        ConfigEntries = ConfigEntries with { Index = configEntries },
        Intentions = Intentions with { Index = intentions },
    };
}
