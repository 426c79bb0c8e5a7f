using System.Net;
using System.Net.NetworkInformation;

namespace Rollcall.Discovery.Sources.Internal;

/// <summary>The DNS servers that the system itself asks.</summary>
internal static class SystemServers
{
    private const string File = "/etc/resolv.conf";
    private const int Port = 53;

    /// <exception cref="DnsSourceException">There is none.</exception>
    public static IReadOnlyList<IPEndPoint> Read()
    {
        var servers = System.IO.File.Exists(File)
            ? Parse(System.IO.File.ReadAllText(File))
            : [.. NetworkInterface.GetAllNetworkInterfaces()
                .Where(static network => network.OperationalStatus == OperationalStatus.Up)
                .SelectMany(static network => network.GetIPProperties().DnsAddresses)
                .Distinct()
                .Select(static address => new IPEndPoint(address, Port))];
        return servers.Count > 0
            ? servers
            : throw new DnsSourceException("The system names no DNS server. Set DnsEndpointSourceOptions.Servers, or name one in the target: dns+srv://192.0.2.1/NAME.");
    }

    /// <summary>The <c>nameserver</c> lines; without one the machine's own server, as the system's resolver has it.</summary>
    public static IReadOnlyList<IPEndPoint> Parse(string text)
    {
        List<IPEndPoint> servers = [];
        foreach (var line in text.Split('\n'))
        {
            if (line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries) is ["nameserver", var server, ..]
                && IPAddress.TryParse(server, out var address))
            {
                servers.Add(new IPEndPoint(address, Port));
            }
        }

        return servers.Count > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, Port)];
    }
}
