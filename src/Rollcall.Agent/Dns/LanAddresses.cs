using Rollcall.Consul.Wire;
using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>
/// The tagged addresses that DNS tells. As in Consul the kind of record that is asked for decides which, not what the address looks like, and a record that
/// may have either family gets the newer one.
/// </summary>
internal static class LanAddresses
{
    private const string Four = "lan_ipv4";
    private const string Six = "lan_ipv6";

    public static string Of(NodeService service, DnsType type) =>
        service.TaggedAddresses is { Count: > 0 } tagged ? Choose(type, service.Address, tagged.GetValueOrDefault(Four)?.Address, tagged.GetValueOrDefault(Six)?.Address) : service.Address;

    public static string Of(CatalogNode node, DnsType type) =>
        node.TaggedAddresses is { Count: > 0 } tagged ? Choose(type, node.Address, tagged.GetValueOrDefault(Four), tagged.GetValueOrDefault(Six)) : node.Address;

    private static string Choose(DnsType type, string address, string? four, string? six) => type switch
    {
        DnsType.A => OrElse(four, address),
        DnsType.Aaaa => OrElse(six, address),
        _ => OrElse(six, OrElse(four, address)),
    };

    private static string OrElse(string? address, string other) => string.IsNullOrEmpty(address) ? other : address;
}
