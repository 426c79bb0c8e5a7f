using System.Collections.Immutable;
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
    // The last one that was made; made anew when the catalog or the rules have changed. Two threads may both make it.
    private volatile Narrowed? _last;

    /// <summary>Everything, for what is not in the catalog.</summary>
    public StoreRoot Root => store.Root;

    public CatalogState Current
    {
        get
        {
            var catalog = store.Root.Catalog;
            if (!acl.IsEnabled)
            {
                return catalog;
            }

            if (Access("") is not { } access)
            {
                return CatalogState.Empty;
            }

            if (access.IsUnrestricted)
            {
                return catalog;
            }

            if (_last is not { } last || last.Of != catalog || last.Access != access)
            {
                _last = last = new Narrowed(catalog, access, Narrow(catalog, access));
            }

            return last.Catalog;
        }
    }

    /// <summary>Whose token a query is executed with: its own, if it has one. Null: there is no such token.</summary>
    public Authorizer? AccessOf(PreparedQuery query) => Access(query.Token);

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

    private static CatalogState Narrow(CatalogState catalog, Authorizer access) => catalog with
    {
        Nodes = Only(catalog.Nodes, pair => access.CanReadNode(pair.Value.Node.Node)),
        Services = Only(catalog.Services, pair => access.CanReadService(pair.Value.Name)).ToImmutableSortedDictionary(
            static pair => pair.Key,
            pair => pair.Value with { Instances = Only(pair.Value.Instances, instance => access.CanReadNode(instance.Value.Node.Node)) },
            StringComparer.Ordinal),
    };

    private static ImmutableSortedDictionary<string, T> Only<T>(ImmutableSortedDictionary<string, T> all, Func<KeyValuePair<string, T>, bool> seen) =>
        all.RemoveRange(all.Where(pair => !seen(pair)).Select(static pair => pair.Key));

    private sealed record Narrowed(CatalogState Of, Authorizer Access, CatalogState Catalog);
}
