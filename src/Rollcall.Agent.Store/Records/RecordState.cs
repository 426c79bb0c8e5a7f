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

    /// <summary>Config entries, by kind and name.</summary>
    public Table<ConfigEntry> ConfigEntries { get; init; } = Table<ConfigEntry>.Empty;

    /// <summary>Intentions, by the key of their id.</summary>
    public Table<Intention> Intentions { get; init; } = Table<Intention>.Empty;

    /// <summary>Events that reached the agent. Not kept on disk, as in Consul.</summary>
    public EventState Events { get; init; } = EventState.Empty;

    /// <summary>Nothing at an index: what there was of each kind may have gone by then.</summary>
    internal static RecordState EmptyAt(ulong index) => Empty with
    {
        Coordinates = Empty.Coordinates with { Index = index },
        Autopilot = Empty.Autopilot with { Index = index },
        Queries = Empty.Queries with { Index = index },
        ConfigEntries = Empty.ConfigEntries with { Index = index },
        Intentions = Empty.Intentions with { Index = index },
    };
}
