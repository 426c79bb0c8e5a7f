using System.Collections.Immutable;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Store.Durability;

/// <summary>Gives the root of a start the indexes that queries waited on before it, so that who waited goes on to wait, and hears of what it missed.</summary>
/// <param name="kept">What <see cref="IndexRows"/> kept, by name.</param>
/// <param name="last">The last commit.</param>
internal sealed class LoadedIndexes(IReadOnlyDictionary<string, ulong> kept, ulong last)
{
    // Files that are older than these rows have none, and in such a file none may be missed.
    private readonly ulong _floor = kept.GetValueOrDefault(IndexRows.Floor.Name, last);

    public StoreRoot Give(StoreRoot root) => root with
    {
        Index = last,
        Catalog = Give(root.Catalog),
        Kv = root.Kv with
        {
            Index = Of(IndexRows.Deletion, root.Kv.Pairs),
            DeletionIndex = Of(IndexRows.Deletion, []),

            // Which prefixes the deleted keys were below is not kept.
            ForgottenIndex = Of(IndexRows.Deletion, []),
            RestoredIndex = _floor,
        },
        Sessions = root.Sessions with { Index = Of(IndexRows.Sessions, root.Sessions.Sessions.Values) },
        Records = root.Records.At(
            Of(IndexRows.Coordinates, []),
            Of(IndexRows.Autopilot, root.Records.Autopilot.Rows.Values),
            Of(IndexRows.Queries, root.Records.Queries.Rows.Values),
            Of(IndexRows.ConfigEntries, root.Records.ConfigEntries.Rows.Values),
            Of(IndexRows.Intentions, root.Records.Intentions.Rows.Values)),
        Acl = root.Acl with
        {
            Tokens = Give(root.Acl.Tokens, IndexRows.Tokens),
            Policies = Give(root.Acl.Policies, IndexRows.Policies),
            Roles = Give(root.Acl.Roles, IndexRows.Roles),
            AuthMethods = Give(root.Acl.AuthMethods, IndexRows.AuthMethods),
            BindingRules = Give(root.Acl.BindingRules, IndexRows.BindingRules),
        },
    };

    private CatalogState Give(CatalogState catalog) => catalog with
    {
        Services = Give(catalog.Services, connected: false),
        Connected = Give(catalog.Connected, connected: true),
        NodesIndex = Of(IndexRows.Nodes, catalog.Nodes.Values.Select(static node => node.Node)),
        ServicesIndex = Of(IndexRows.Services, catalog.Nodes.Values.SelectMany(static node => node.Services.Values)),
        ChecksIndex = Of(IndexRows.Checks, catalog.Nodes.Values.SelectMany(static node => node.Checks.Values)),
        ExtinctionIndex = Of(IndexRows.Extinction, []),
        Gateways = catalog.Gateways.WithWildcardsAt(Of(IndexRows.Gateways, [])) with
        {
            Index = Of(IndexRows.Gateways, []),
            RemovedIngressIndex = Of(IndexRows.RemovedIngress, []),
        },
    };

    private ImmutableSortedDictionary<string, ServiceEntry> Give(ImmutableSortedDictionary<string, ServiceEntry> services, bool connected) =>
        Sorted.Empty<ServiceEntry>().AddRange(services.Select(pair => KeyValuePair.Create(
            pair.Key, pair.Value with { Index = Of(IndexRows.Service(pair.Key, connected).Name, pair.Value.Instances.Values.SelectMany(RowsOf)) })));

    private AclRows<T> Give<T>(AclRows<T> rows, string name)
        where T : AclRecord => rows with { Index = Of(name, rows.Rows.Values) };

    private ulong Of(string name, IEnumerable<object> rows)
    {
        var index = Math.Max(_floor, kept.GetValueOrDefault(name));
        foreach (var row in rows)
        {
            index = Math.Max(index, IndexRows.ModifyIndexOf(row));
        }

        // What a snapshot of somebody else's making brought may say more of itself.
        return Math.Min(index, last);
    }

    private static IEnumerable<object> RowsOf(ServiceInstance instance) =>
        ((IEnumerable<object>)[instance.Node, instance.Service]).Concat(instance.NodeChecks.Values).Concat(instance.Checks.Values);
}
