using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>One address of this machine, by which others may tell it from other machines.</summary>
/// <param name="Address">It.</param>
/// <param name="HasGateway">Whether its interface leads anywhere but to its own net.</param>
internal readonly record struct MachineAddress(IPAddress Address, bool HasGateway)
{
    /// <summary>The address of this machine, or its name.</summary>
    public static string Find()
    {
        try
        {
            return Choose(NetworkInterface.GetAllNetworkInterfaces()
                .Where(static n => n.OperationalStatus == OperationalStatus.Up)
                .Select(static n => n.GetIPProperties())
                .SelectMany(static p => p.UnicastAddresses.Select(a => new MachineAddress(a.Address, p.GatewayAddresses.Any(IsGateway))))) ?? Environment.MachineName;
        }
        catch (NetworkInformationException)
        {
            // The system does not tell: the name is as good.
            return Environment.MachineName;
        }
    }

    /// <summary>
    /// One whose interface has a gateway: those of bridges for containers are the same on every machine (Docker's is 172.17.0.1). Where none has one, any
    /// that means something beyond its own link; IPv4 before IPv6, and always the same of several.
    /// </summary>
    /// <returns>Null: there is none.</returns>
    public static string? Choose(IEnumerable<MachineAddress> addresses) =>
        addresses
            .Where(static a => !IPAddress.IsLoopback(a.Address) && !IsLinkLocal(a.Address))
            .OrderBy(static a => !a.HasGateway)
            .ThenBy(static a => a.Address.AddressFamily != AddressFamily.InterNetwork)
            .ThenBy(static a => a.Address.ToString(), StringComparer.Ordinal)
            .Select(static a => a.Address.ToString())
            .FirstOrDefault();

    // 0.0.0.0 stands for none.
    private static bool IsGateway(GatewayIPAddressInformation gateway) =>
        !gateway.Address.Equals(IPAddress.Any) && !gateway.Address.Equals(IPAddress.IPv6Any);

    // RFC 3927: 169.254.0.0/16.
    private static bool IsLinkLocal(IPAddress address) =>
        address.IsIPv6LinkLocal || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);
}
