using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Dns;

/// <summary>
/// The catalog as DNS may show it. Questions carry no token, so they are the default token's, or the anonymous one's. What that may not read does not exist. Safe
/// for use by many threads.
/// </summary>
internal sealed class DnsCatalog(StateStore store, AclGate acl)
{
    // What was left of a service, and for whom. A service that has not changed is not looked through again, whatever else has; two threads may both do it.
    private readonly ConditionalWeakTable<ServiceEntry, Narrowed> _narrowed = [];

    // What a question about addresses looks for may be anywhere. Made anew when the catalog or the rules have changed.
    private volatile NarrowedCatalog? _all;

    /// <summary>Everything, for what is not in the catalog.</summary>
    public StoreRoot Root => store.Root;

    public ServiceEntry? FindService(string name) => Visible(store.Root.Catalog.FindService(name));

    /// <summary>What is called in place of a service by those of the service mesh.</summary>
    public ServiceEntry? FindConnected(string name) => Visible(store.Root.Catalog.FindConnected(name));

    /// <summary>The ingress gateways that lead to a service.</summary>
    public ServiceEntry? FindIngress(string name) => Visible(store.Root.Catalog.FindIngress(name));

    public NodeEntry? FindNode(string name) =>
        store.Root.Catalog.FindNode(name) is { } entry && Access("") is { } access && access.CanReadNode(entry.Node.Node) ? entry : null;

    /// <summary>All of it. Linear in what is registered where not all may be seen.</summary>
    public CatalogState All
    {
        get
        {
            var catalog = store.Root.Catalog;
            if (Access("") is not { } access)
            {
                return CatalogState.Empty;
            }

            if (access.IsUnrestricted)
            {
                return catalog;
            }

            if (_all is not { } all || all.Of != catalog || all.Access != access)
            {
                _all = all = new NarrowedCatalog(catalog, access, Narrow(catalog, access));
            }

            return all.Catalog;
        }
    }

    /// <summary>Whose token a query is executed with: its own, if it has one. Null: there is no such token.</summary>
    public Authorizer? AccessOf(PreparedQuery query) => Access(query.Token);

    private ServiceEntry? Visible(ServiceEntry? entry) => entry is not null && Access("") is { } access ? Narrow(entry, access) : null;

    private Authorizer? Access(string secret)
    {
        try
        {
            return acl.Resolve(secret, atAgent: false);
        }
        catch (AclDeniedException)
        {
            return null;
        }
    }

    private ServiceEntry? Narrow(ServiceEntry entry, Authorizer access)
    {
        if (access.IsUnrestricted)
        {
            return entry;
        }

        if (!_narrowed.TryGetValue(entry, out var known) || known.Access != access)
        {
            // The very entry where nothing has to be left out, since what is made of it for answers is kept by entry.
            var seen = Only(entry.Instances, instance => access.CanReadNode(instance.Value.Node.Node) && access.CanReadService(instance.Value.Service.Service));
            known = new Narrowed(access, !access.CanReadService(entry.Name) ? null : seen == entry.Instances ? entry : entry with { Instances = seen });
            _narrowed.AddOrUpdate(entry, known);
        }

        return known.Entry;
    }

    private CatalogState Narrow(CatalogState catalog, Authorizer access) => catalog with
    {
        Nodes = Only(catalog.Nodes, pair => access.CanReadNode(pair.Value.Node.Node)),
        Services = catalog.Services
            .Select(pair => KeyValuePair.Create(pair.Key, Narrow(pair.Value, access)))
            .Where(static pair => pair.Value is not null)
            .ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value!, StringComparer.Ordinal),
    };

    private static ImmutableSortedDictionary<string, T> Only<T>(ImmutableSortedDictionary<string, T> all, Func<KeyValuePair<string, T>, bool> seen) =>
        all.RemoveRange(all.Where(pair => !seen(pair)).Select(static pair => pair.Key));

    private sealed record Narrowed(Authorizer Access, ServiceEntry? Entry);

    private sealed record NarrowedCatalog(CatalogState Of, Authorizer Access, CatalogState Catalog);
}
