using System.Collections.Immutable;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Kv;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Durability;

/// <summary>
/// Makes a root of the rows of a journal. What is not in them is derived.
/// </summary>
public static class StoreLoader
{
    /// <param name="rows">In any order, each once.</param>
    /// <param name="index">The last commit.</param>
    public static StoreRoot Load(IEnumerable<StoreRow> rows, ulong index)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var kept = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var root = Load(rows, kept);
        return new LoadedIndexes(kept, index).Give(root);
    }

    /// <summary>The root of a restore: every index that queries wait on is that, since none may go back. Costs little, beside making the root.</summary>
    internal static StoreRoot At(StoreRoot root, ulong index) => root with
    {
        Index = index,
        Catalog = root.Catalog with
        {
            Services = At(root.Catalog.Services, index),
            Connected = At(root.Catalog.Connected, index),
            NodesIndex = index,
            ServicesIndex = index,
            ChecksIndex = index,
            ExtinctionIndex = index,
            Gateways = root.Catalog.Gateways with { Index = index, RemovedIngressIndex = index },
        },
        Kv = root.Kv with { Index = index, ForgottenIndex = index, DeletionIndex = index, RestoredIndex = index },
        Sessions = root.Sessions with { Index = index },
        Records = root.Records.At(index),
        Acl = root.Acl.At(index),
    };

    private static ImmutableSortedDictionary<string, ServiceEntry> At(ImmutableSortedDictionary<string, ServiceEntry> services, ulong index) =>
        Sorted.Empty<ServiceEntry>().AddRange(services.Select(pair => KeyValuePair.Create(pair.Key, pair.Value with { Index = index })));

    /// <summary>A root without an index.</summary>
    /// <param name="rows">In any order, each once.</param>
    /// <param name="indexes">Is given those that are among them; null: there are none.</param>
    internal static StoreRoot Load(IEnumerable<StoreRow> rows, Dictionary<string, ulong>? indexes = null)
    {
        var catalog = new CatalogParts();
        var pairs = new List<KvPair>();
        var sessions = new List<Session>();
        var services = new List<NodeService>();
        var checks = new List<LocalCheck>();
        var records = RecordState.Empty;
        var acl = new List<AclRecord>();
        AclBootstrap? bootstrap = null;
        foreach (var (key, value) in rows)
        {
            switch (value)
            {
                case CatalogNode node:
                    catalog.Nodes.Add(key.Name, node);
                    break;
                case NodeService service when key.Table == StoreTable.Service:
                    catalog.Services.Add((key.Split(), service));
                    break;
                case NodeService service:
                    services.Add(service);
                    break;
                case HealthCheck check:
                    catalog.Checks.Add((key.Split(), check));
                    break;
                case KvPair pair:
                    pairs.Add(pair);
                    break;
                case Session session:
                    sessions.Add(session);
                    break;
                case LocalCheck check:
                    checks.Add(check);
                    break;
                case NodeCoordinate coordinate:
                    records = records with { Coordinates = records.Coordinates.Put(key.Name, coordinate, 0) };
                    break;
                case AutopilotSettings settings:
                    records = records with { Autopilot = records.Autopilot.Put(key.Name, settings, 0) };
                    break;
                case ConfigEntry entry:
                    records = records with { ConfigEntries = records.ConfigEntries.Put(key.Name, entry, 0) };
                    break;
                case Intention intention:
                    records = records with { Intentions = records.Intentions.Put(key.Name, intention, 0) };
                    break;
                case PreparedQuery query:
                    records = records.PutQuery(key.Name, query, 0);
                    break;
                case AclRecord record:
                    acl.Add(record);
                    break;
                case KeptIndex kept when indexes is not null:
                    indexes[key.Name] = kept.Index;
                    break;
                case AclBootstrap mark:
                    bootstrap = mark;
                    break;
                default:
                    throw new InvalidOperationException($"A row of {key.Table} holds a {value?.GetType().Name ?? "null"}.");
            }
        }

        var kv = KvState.Empty with { Pairs = KvTree.Empty.SetAll(pairs) };
        return new StoreRoot(0, WithGateways(catalog.Build(), records.ConfigEntries), kv, LoadLocal(services, checks), LoadSessions(sessions, kv), records)
        {
            Acl = AclState.Load(acl, bootstrap),
        };
    }

    private static CatalogState WithGateways(CatalogState catalog, Table<ConfigEntry> entries) => catalog with
    {
        Gateways = entries.Rows.Values
            .Where(static entry => GatewayLinks.IsGateway(entry.Kind))
            .SelectMany(entry => GatewayLinks.Of(entry, catalog.Services, entry.ModifyIndex))
            .Aggregate(GatewayState.Empty, static (gateways, link) => gateways.Put(link)),
    };

    private static LocalState LoadLocal(List<NodeService> services, List<LocalCheck> checks)
    {
        var checkIds = checks.ToLookup(static check => check.Check.ServiceId, static check => check.Check.CheckId, StringComparer.Ordinal);
        return LocalState.Empty with
        {
            Services = LocalState.Empty.Services.AddRange(services.Select(service => KeyValuePair.Create(
                service.Id, new LocalService(service, LocalState.Empty.NodeCheckIds.Union(checkIds[service.Id]))))),
            Checks = LocalState.Empty.Checks.AddRange(checks.Select(static check => KeyValuePair.Create(check.Check.CheckId, check))),
            NodeCheckIds = LocalState.Empty.NodeCheckIds.Union(checkIds[""]),
        };
    }

    private static SessionState LoadSessions(List<Session> sessions, KvState kv)
    {
        var dependents = SessionState.Empty.Dependents.ToBuilder();
        foreach (var session in sessions)
        {
            foreach (var dependency in SessionState.DependenciesOf(session))
            {
                dependents[dependency] = dependents.GetValueOrDefault(dependency, SessionState.NoKeys).Add(SessionId.KeyOf(session.Id));
            }
        }

        var held = SessionState.Empty.Held.ToBuilder();
        foreach (var pair in kv.Pairs.Where(static pair => pair.Session is not null))
        {
            var session = SessionId.KeyOf(pair.Session!);
            held[session] = held.GetValueOrDefault(session, SessionState.NoLocks).Add(pair.Key);
        }

        return SessionState.Empty with
        {
            Sessions = SessionState.Empty.Sessions.AddRange(sessions.Select(static session => KeyValuePair.Create(SessionId.KeyOf(session.Id), session))),
            Dependents = dependents.ToImmutable(),
            Held = held.ToImmutable(),
        };
    }

    /// <summary>Rows of the catalog, which refer to each other.</summary>
    private sealed class CatalogParts
    {
        public Dictionary<string, CatalogNode> Nodes { get; } = new(StringComparer.Ordinal);

        public List<((string Node, string Key) At, NodeService Service)> Services { get; } = [];

        public List<((string Node, string Key) At, HealthCheck Check)> Checks { get; } = [];

        public CatalogState Build()
        {
            var services = Services.ToLookup(static row => row.At.Node, StringComparer.Ordinal);
            var checks = Checks.ToLookup(static row => row.At.Node, StringComparer.Ordinal);
            var instances = new Dictionary<string, List<KeyValuePair<string, ServiceInstance>>>(StringComparer.Ordinal);
            var entries = Sorted.Empty<NodeEntry>().ToBuilder();
            var apart = CatalogState.Empty.NamedApart.ToBuilder();
            foreach (var (nodeKey, node) in Nodes)
            {
                IEnumerable<string> Apart(ImmutableSortedDictionary<string, HealthCheck> checks, NodeService? service) =>
                    checks.Where(check => CatalogState.IsNamedApart(check.Value, service)).Select(check => CatalogKey.OnNode(nodeKey, check.Key));

                var ofNode = checks[nodeKey].Select(static row => KeyValuePair.Create(row.At.Key, row.Check)).ToList();
                var entry = new NodeEntry(
                    node,
                    Sorted.Empty<NodeService>().AddRange(services[nodeKey].Select(static row => KeyValuePair.Create(row.At.Key, row.Service))),
                    Sorted.Empty<HealthCheck>().AddRange(ofNode),
                    Sorted.Empty<HealthCheck>().AddRange(ofNode.Where(static check => check.Value.ServiceId.Length == 0)));
                entries.Add(nodeKey, entry);
                apart.UnionWith(Apart(entry.NodeChecks, null));
                var ofServices = ofNode.ToLookup(static check => CatalogKey.Of(check.Value.ServiceId), StringComparer.Ordinal);
                foreach (var (serviceKey, service) in entry.Services)
                {
                    var instance = new ServiceInstance(node, service, entry.NodeChecks, Sorted.Empty<HealthCheck>().AddRange(ofServices[serviceKey]));
                    var name = CatalogKey.Of(service.Service);
                    if (!instances.TryGetValue(name, out var list))
                    {
                        instances.Add(name, list = []);
                    }

                    list.Add(KeyValuePair.Create(CatalogWriter.InstanceKey(nodeKey, service), instance));
                    apart.UnionWith(Apart(instance.Checks, service));
                }
            }

            var connected = instances.Values.SelectMany(static list => list)
                .Select(static pair => (Name: CatalogState.ConnectedNameOf(pair.Value.Service), Instance: pair))
                .Where(static row => row.Name is not null)
                .GroupBy(static row => CatalogKey.Of(row.Name!), StringComparer.Ordinal);
            return CatalogState.Empty with
            {
                Nodes = entries.ToImmutable(),
                NamedApart = apart.ToImmutable(),

                // Ids were not always unique: of nodes that share one, the newest has it.
                NodeIds = Sorted.Empty<string>().SetItems(Nodes
                    .Where(static row => row.Value.Id.Length > 0)
                    .OrderBy(static row => row.Value.ModifyIndex)
                    .Select(static row => KeyValuePair.Create(CatalogKey.Of(row.Value.Id), row.Key))),

                // Files may have rows that cannot be told apart here: an agent that does not start would be worse than one that shows the last of them.
                Services = Sorted.Empty<ServiceEntry>().AddRange(instances.Select(pair => KeyValuePair.Create(
                    pair.Key, new ServiceEntry(pair.Value[0].Value.Service.Service, 0, Sorted.Empty<ServiceInstance>().SetItems(pair.Value))))),
                Connected = Sorted.Empty<ServiceEntry>().AddRange(connected.Select(static group => KeyValuePair.Create(
                    group.Key, new ServiceEntry(group.First().Name!, 0, Sorted.Empty<ServiceInstance>().SetItems(group.Select(static row => row.Instance)))))),
            };
        }
    }
}
