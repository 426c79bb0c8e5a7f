using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Durability;

/// <summary>
/// The indexes that queries wait on, as rows. Most are those of the newest row of a table, and are found again by that. Kept are the others: they came from a row that is
/// gone. So a write costs no more, and a deletion a few bytes.
/// </summary>
internal static class IndexRows
{
    /// <summary>Below it no index is after a start.</summary>
    public static readonly RowKey Floor = new(StoreTable.Index, "");

    public const string Nodes = "nodes";
    public const string Services = "services";
    public const string Checks = "checks";
    public const string Extinction = "extinction";
    public const string Gateways = "gateways";
    public const string RemovedIngress = "removed-ingress";
    public const string Deletion = "deletion";
    public const string Sessions = "sessions";
    public const string Coordinates = "coordinates";
    public const string Autopilot = "autopilot";
    public const string Queries = "queries";
    public const string ConfigEntries = "config-entries";
    public const string Intentions = "intentions";
    public const string Tokens = "acl-tokens";
    public const string Policies = "acl-policies";
    public const string Roles = "acl-roles";
    public const string AuthMethods = "acl-auth-methods";
    public const string BindingRules = "acl-binding-rules";

    private const string ServicePrefix = "service/";
    private const string ConnectedPrefix = "connected/";

    // Of one part of the root each, so that what a command left alone is not looked at.
    private static readonly (Func<StoreRoot, object> Part, Table[] Tables)[] s_parts =
    [
        (static root => root.Catalog,
        [
            new(Nodes, StoreTable.Node, static root => root.Catalog.NodesIndex),
            new(Services, StoreTable.Service, static root => root.Catalog.ServicesIndex),
            new(Checks, StoreTable.Check, static root => root.Catalog.ChecksIndex),
            new(Extinction, null, static root => root.Catalog.ExtinctionIndex),
            new(Gateways, null, static root => root.Catalog.Gateways.Index),
            new(RemovedIngress, null, static root => root.Catalog.Gateways.RemovedIngressIndex),
        ]),
        (static root => root.Kv, [new(Deletion, null, static root => root.Kv.DeletionIndex)]),
        (static root => root.Sessions, [new(Sessions, StoreTable.Session, static root => root.Sessions.Index)]),
        (static root => root.Records,
        [
            new(Coordinates, StoreTable.Coordinate, static root => root.Records.Coordinates.Index),
            new(Autopilot, StoreTable.Autopilot, static root => root.Records.Autopilot.Index),
            new(Queries, StoreTable.Query, static root => root.Records.Queries.Index),
            new(ConfigEntries, StoreTable.ConfigEntry, static root => root.Records.ConfigEntries.Index),
            new(Intentions, StoreTable.Intention, static root => root.Records.Intentions.Index),
        ]),
        (static root => root.Acl,
        [
            new(Tokens, StoreTable.AclToken, static root => root.Acl.Tokens.Index),
            new(Policies, StoreTable.AclPolicy, static root => root.Acl.Policies.Index),
            new(Roles, StoreTable.AclRole, static root => root.Acl.Roles.Index),
            new(AuthMethods, StoreTable.AclAuthMethod, static root => root.Acl.AuthMethods.Index),
            new(BindingRules, StoreTable.AclBindingRule, static root => root.Acl.BindingRules.Index),
        ]),
    ];

    /// <summary>The index of a service, or of what is called in its place by those of the service mesh.</summary>
    public static RowKey Service(string serviceKey, bool connected = false) => new(StoreTable.Index, (connected ? ConnectedPrefix : ServicePrefix) + serviceKey);

    /// <summary>The indexes that a commit moved, and that none of its rows has.</summary>
    public static IEnumerable<StoreRow> Moved(StoreRoot before, StoreRoot next, IReadOnlyCollection<StoreRow> rows)
    {
        foreach (var (part, tables) in s_parts)
        {
            if (ReferenceEquals(part(before), part(next)))
            {
                continue;
            }

            foreach (var table in tables)
            {
                var index = table.Index(next);
                if (index != table.Index(before) && !rows.Any(row => row.Key.Table == table.Rows && ModifyIndexOf(row.Value) == index))
                {
                    yield return new StoreRow(new RowKey(StoreTable.Index, table.Name), new KeptIndex(index));
                }
            }
        }
    }

    /// <summary>What the row of a service, or the floor, holds in a root; null: it is not kept any more.</summary>
    public static KeptIndex? Read(StoreRoot root, string name) =>
        name.Length == 0 ? new KeptIndex(root.Kv.RestoredIndex)
        : name.StartsWith(ServicePrefix, StringComparison.Ordinal) ? Of(root.Catalog.Services.GetValueOrDefault(name[ServicePrefix.Length..]))
        : name.StartsWith(ConnectedPrefix, StringComparison.Ordinal) ? Of(root.Catalog.Connected.GetValueOrDefault(name[ConnectedPrefix.Length..]))
        : throw new InvalidOperationException($"No index {name}.");

    /// <summary>0: it is gone, or has none.</summary>
    public static ulong ModifyIndexOf(object? row) => row switch
    {
        CatalogNode node => node.ModifyIndex,
        NodeService service => service.ModifyIndex,
        HealthCheck check => check.ModifyIndex,
        KvPair pair => pair.ModifyIndex,
        Session session => session.ModifyIndex,
        Records.AutopilotSettings settings => settings.ModifyIndex,
        Records.PreparedQuery query => query.ModifyIndex,
        Records.ConfigEntry entry => entry.ModifyIndex,
        Records.Intention intention => intention.ModifyIndex,
        AclRecord record => record.ModifyIndex,
        _ => 0,
    };

    private static KeptIndex? Of(ServiceEntry? entry) => entry is null ? null : new KeptIndex(entry.Index);

    /// <param name="Name">Of the index' row.</param>
    /// <param name="Rows">What has it, as long as it is there; null: nothing has.</param>
    /// <param name="Index">The index in a root.</param>
    private sealed record Table(string Name, StoreTable? Rows, Func<StoreRoot, ulong> Index);
}
