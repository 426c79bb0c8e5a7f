using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>Which gateways lead to which services: what config entries say, and what there is where they say <see cref="GatewayLink.Wildcard"/>. Immutable; not kept, but made of both.</summary>
public sealed record GatewayState
{
    public static readonly GatewayState Empty = new();

    private static readonly ImmutableSortedDictionary<string, GatewayLink> s_none = Sorted.Empty<GatewayLink>();

    private GatewayState()
    {
    }

    /// <summary>Last commit that changed a link.</summary>
    public ulong Index { get; init; }

    /// <summary>Last commit that took one of an ingress gateway away: what there is of a service is older than that which it had.</summary>
    public ulong RemovedIngressIndex { get; init; }

    // By CatalogKey of the gateway, and of the service; each in the order in which Consul lists them.
    private ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, GatewayLink>> ByGateway { get; init; } =
        Sorted.Empty<ImmutableSortedDictionary<string, GatewayLink>>();

    private ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, GatewayLink>> ByService { get; init; } =
        Sorted.Empty<ImmutableSortedDictionary<string, GatewayLink>>();

    public bool IsEmpty => ByGateway.IsEmpty;

    /// <summary>What a gateway leads to, with its wildcards.</summary>
    public IEnumerable<GatewayLink> OfGateway(string gateway) => ByGateway.GetValueOrDefault(CatalogKey.Of(gateway), s_none).Values;

    /// <summary>What leads to a service.</summary>
    public IEnumerable<GatewayLink> OfService(string service) => ByService.GetValueOrDefault(CatalogKey.Of(service), s_none).Values;

    internal GatewayLink? Find(string gateway, string service, long port) =>
        ByService.GetValueOrDefault(CatalogKey.Of(service))?.GetValueOrDefault(new GatewayLink { Gateway = gateway, Port = port }.KeyOfService);

    internal GatewayState Put(GatewayLink link) => this with
    {
        ByGateway = ByGateway.SetItem(CatalogKey.Of(link.Gateway), ByGateway.GetValueOrDefault(CatalogKey.Of(link.Gateway), s_none).SetItem(link.KeyOfGateway, link)),
        ByService = ByService.SetItem(CatalogKey.Of(link.Service), ByService.GetValueOrDefault(CatalogKey.Of(link.Service), s_none).SetItem(link.KeyOfService, link)),
    };

    /// <summary>The same after a start: since when wildcards mean what they mean is not kept, only the last commit that it can have been.</summary>
    internal GatewayState WithWildcardsAt(ulong index) => ByGateway.Values
        .SelectMany(static links => links.Values)
        .Where(static link => link.FromWildcard)
        .Aggregate(this, (gateways, link) => gateways.Put(link with { ModifyIndex = index }));

    internal GatewayState Remove(GatewayLink link) => this with
    {
        ByGateway = Without(ByGateway, CatalogKey.Of(link.Gateway), link.KeyOfGateway),
        ByService = Without(ByService, CatalogKey.Of(link.Service), link.KeyOfService),
    };

    private static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, GatewayLink>> Without(
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, GatewayLink>> links, string name, string key)
    {
        var left = links[name].Remove(key);
        return left.IsEmpty ? links.Remove(name) : links.SetItem(name, left);
    }
}
