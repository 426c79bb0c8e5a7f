using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>Other servers as users name them.</summary>
internal static class Recursors
{
    private const int DomainPort = 53;

    /// <summary>An address or a host's name, with a port if it is not 53.</summary>
    /// <exception cref="ConsulAgentException">It is neither.</exception>
    public static EndPoint Read(string text)
    {
        if (IPAddress.TryParse(text, out var address) && !text.StartsWith('['))
        {
            return new IPEndPoint(Somewhere(address), DomainPort);
        }

        if (text == "[::]")
        {
            _ = Somewhere(IPAddress.IPv6Any);
        }

        if (IPEndPoint.TryParse(text, out var endpoint))
        {
            return new IPEndPoint(endpoint.Address, endpoint.Port == 0 ? DomainPort : endpoint.Port);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (host, port) = (colon < 0 ? text : text[..colon], (ushort)DomainPort);
        return host.Length > 0 && host.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') && DnsName.TryEncode(host, stackalloc byte[DnsName.MaxLength], out _)
            && (colon < 0 || (ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0))
            ? new DnsEndPoint(host, port)
            : throw new ConsulAgentException($"\"{text}\" is no server. Set Recursors (-recursor) to addresses or names of hosts, such as 192.0.2.1, 192.0.2.1:5353 or dns.example.org.");
    }

    /// <summary>Those that are not the agent's own DNS server: a question to itself would come back again and again, each time as one more.</summary>
    /// <param name="servers">The others.</param>
    /// <param name="own">Where the agent's listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="logger">Is told of each that is left out.</param>
    public static IReadOnlyList<IPEndPoint> WithoutOwn(IReadOnlyList<IPEndPoint> servers, IReadOnlyList<IPAddress> own, int port, ILogger logger)
    {
        var others = new List<IPEndPoint>(servers.Count);
        foreach (var server in servers)
        {
            if (server.Port == port && own.Any(listening => Reaches(server.Address, listening)))
            {
                DnsServer.Log.AsksItself(logger, server);
            }
            else
            {
                others.Add(server);
            }
        }

        return others;
    }

    private static bool Reaches(IPAddress address, IPAddress listening)
    {
        address = AgentAddresses.Reachable(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

        // All addresses of six are those of four, too.
        return listening.Equals(IPAddress.IPv6Any) || (listening.Equals(IPAddress.Any) && address.AddressFamily == AddressFamily.InterNetwork)
            ? IPAddress.IsLoopback(address) || AgentAddresses.IsOfMachine(address)
            : address.Equals(listening);
    }

    // Consul's words, and nothing more: it ends with the same.
    private static IPAddress Somewhere(IPAddress address) =>
        AgentAddresses.IsWildcard(address) ? throw new ConsulAgentException("DNS recursor address cannot be 0.0.0.0, :: or [::]") : address;

    /// <summary>Looks names up, once, as Consul does: this machine may ask others by way of this very agent later.</summary>
    /// <param name="servers">Addresses and names.</param>
    /// <param name="lookup">Gives the addresses of a name.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="ConsulAgentException">A name is not known.</exception>
    public static async Task<IReadOnlyList<IPEndPoint>> FindAsync(
        IReadOnlyList<EndPoint> servers, Func<string, CancellationToken, Task<IPAddress[]>> lookup, CancellationToken cancellationToken)
    {
        var found = new List<IPEndPoint>(servers.Count);
        foreach (var server in servers)
        {
            found.Add(server as IPEndPoint ?? await FindAsync((DnsEndPoint)server, lookup, cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    private static async Task<IPEndPoint> FindAsync(DnsEndPoint server, Func<string, CancellationToken, Task<IPAddress[]>> lookup, CancellationToken cancellationToken)
    {
        try
        {
            // One without addresses is an error, too, so there is a first one.
            var addresses = await lookup(server.Host, cancellationToken).ConfigureAwait(false);
            return new IPEndPoint(addresses.OrderBy(static address => address.AddressFamily != AddressFamily.InterNetwork).First(), server.Port);
        }
        catch (SocketException exception)
        {
            throw new ConsulAgentException($"\"{server.Host}\" can't be looked up ({exception.Message}). Set Recursors (-recursor) to addresses, such as 192.0.2.1 or 192.0.2.1:5353.", exception);
        }
    }
}
