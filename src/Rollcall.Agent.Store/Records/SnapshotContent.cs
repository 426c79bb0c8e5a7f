using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Records;

/// <summary>What a snapshot holds of what the store keeps. Filled by one thread.</summary>
public sealed class SnapshotContent
{
    // A repeated row counts in its last form.
    private readonly Dictionary<RowKey, object> _rows = [];

    /// <summary>The last index of whoever made it.</summary>
    public ulong LastIndex { get; set; }

    /// <summary>How many rows it holds.</summary>
    public int Count => _rows.Count;

    public void Add(CatalogNode node) => _rows[new RowKey(StoreTable.Node, CatalogKey.Of(node.Node))] = node;

    public void Add(string node, NodeService service) => _rows[RowKey.Service(CatalogKey.Of(node), CatalogKey.Of(service.Id))] = service;

    public void Add(HealthCheck check) => _rows[RowKey.Check(CatalogKey.Of(check.Node), CatalogKey.Of(check.CheckId))] = check;

    public void Add(KvPair pair) => _rows[new RowKey(StoreTable.Kv, pair.Key)] = pair;

    /// <param name="session">Its id is one in which <see cref="SessionId.Defect"/> finds nothing.</param>
    public void Add(Session session) => _rows[new RowKey(StoreTable.Session, SessionId.KeyOf(session.Id))] = session;

    public void Add(NodeCoordinate coordinate) => _rows[new RowKey(StoreTable.Coordinate, CatalogKey.Of(coordinate.Node))] = coordinate;

    public void Add(AutopilotSettings settings) => _rows[new RowKey(StoreTable.Autopilot, "")] = settings;

    /// <param name="query">Its id is one in which <see cref="SessionId.Defect"/> finds nothing.</param>
    public void Add(PreparedQuery query) => _rows[new RowKey(StoreTable.Query, SessionId.KeyOf(query.Id))] = query;

    public void Add(ConfigEntry entry) => _rows[new RowKey(StoreTable.ConfigEntry, ConfigEntry.KeyOf(entry.Kind, entry.Name))] = entry;

    /// <param name="intention">Its id is one in which <see cref="SessionId.Defect"/> finds nothing.</param>
    public void Add(Intention intention) => _rows[new RowKey(StoreTable.Intention, SessionId.KeyOf(intention.Id))] = intention;

    public void Add<T>(AclKind<T> kind, T record)
        where T : AclRecord
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(record);
        _rows[new RowKey(kind.Table, record.Key)] = record;
    }

    public void Add(AclBootstrap mark) => _rows[new RowKey(StoreTable.AclBootstrap, "")] = mark;

    // What refers to a node, service or session that is not there is left out: nothing could ever take it away.
    internal IEnumerable<StoreRow> Rows() => _rows
        .Where(row => row.Key.Table switch
        {
            StoreTable.Service => HasNode(row.Key),
            StoreTable.Check => HasNode(row.Key) && ((HealthCheck)row.Value is not { ServiceId: { Length: > 0 } service }
                || _rows.ContainsKey(RowKey.Service(row.Key.Split().NodeKey, CatalogKey.Of(service)))),
            StoreTable.Coordinate => _rows.ContainsKey(new RowKey(StoreTable.Node, row.Key.Name)),
            StoreTable.Session => _rows.ContainsKey(new RowKey(StoreTable.Node, CatalogKey.Of(((Session)row.Value).Node))),
            _ => true,
        })
        .Select(row => new StoreRow(row.Key, row.Value is KvPair { Session: { } session } pair && !HasSession(session) ? pair with { Session = null } : row.Value));

    private bool HasNode(RowKey row) => _rows.ContainsKey(new RowKey(StoreTable.Node, row.Split().NodeKey));

    private bool HasSession(string id) =>
        SessionId.Defect(id) is null && _rows.TryGetValue(new RowKey(StoreTable.Session, SessionId.KeyOf(id)), out var session)
        && _rows.ContainsKey(new RowKey(StoreTable.Node, CatalogKey.Of(((Session)session).Node)));
}
