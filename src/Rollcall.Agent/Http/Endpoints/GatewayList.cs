using Rollcall.Agent.Chains;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>What a gateway of the service mesh leads to, as it is shown.</summary>
internal static class GatewayList
{
    /// <summary>Its links, without those that only stand for others, and those to services that do not speak the protocol of the port at which all are wanted.</summary>
    public static IEnumerable<GatewayLink> Of(StoreRoot root, string gateway)
    {
        var entries = new ChainEntries(root.Records.ConfigEntries);
        return root.Catalog.Gateways.OfGateway(gateway)
            .Where(link => link.Service != GatewayLink.Wildcard && (!GoesByProtocol(link) || entries.ProtocolOf(link.Service) == link.Protocol));
    }

    /// <summary>The index of <see cref="Of"/>: also that of what says which protocols services speak, where it counts.</summary>
    public static ulong Index(StoreRoot root, string gateway) => Math.Max(
        Math.Max(1, root.Catalog.Gateways.Index),
        root.Catalog.Gateways.OfGateway(gateway).Any(GoesByProtocol) ? root.Records.ConfigEntries.Index : 0);

    private static bool GoesByProtocol(GatewayLink link) => link is { Kind: ServiceKind.IngressGateway, FromWildcard: true };
}
