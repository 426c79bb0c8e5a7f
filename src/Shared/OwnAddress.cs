using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Rollcall.Hosts;

/// <summary>An address of this machine. Compiled into the project that registers one and the one that tells machines apart by theirs.</summary>
/// <param name="Address">The address.</param>
/// <param name="IsRouted">Its interface has a default route.</param>
internal readonly record struct OwnAddress(IPAddress Address, bool IsRouted)
{
    /// <summary>Those of the interfaces that are up, as <see cref="Usable"/> tells them.</summary>
    /// <exception cref="NetworkInformationException">The system does not tell.</exception>
    public static IReadOnlyList<OwnAddress> All() => Usable(
        from network in NetworkInterface.GetAllNetworkInterfaces()
        where network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
        let properties = network.GetIPProperties()
        let routed = properties.GatewayAddresses.Any(g => !g.Address.Equals(IPAddress.Any) && !g.Address.Equals(IPAddress.IPv6Any))
        from unicast in properties.UnicastAddresses
        select new OwnAddress(unicast.Address, routed));

    /// <summary>Those that mean something beyond their own link, with a default route and IPv4 first, of several alike in their order; no loopback.</summary>
    public static IReadOnlyList<OwnAddress> Usable(IEnumerable<OwnAddress> addresses) =>
    [
        .. from own in addresses
           let address = own.Address
           where !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !(address.GetAddressBytes() is [169, 254, _, _])
           orderby own.IsRouted descending, address.AddressFamily == AddressFamily.InterNetwork descending
           select own,
    ];
}
