using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Rollcall.Agent.Store.Catalog;

namespace Rollcall.Agent;

/// <summary>Makes addresses of what the options say, or says what is wrong with them.</summary>
internal static class AgentAddresses
{
    private const string NameLetters = "letters, digits, dashes, dots and underscores";

    /// <param name="options">The options.</param>
    /// <param name="client">Where to listen: one or several.</param>
    /// <param name="advertise">What to tell others.</param>
    public static void Resolve(ConsulAgentOptions options, out IReadOnlyList<IPAddress> client, out string advertise)
    {
        if (options.NodeName.Length == 0 || options.NodeName.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_')))
        {
            throw new ConsulAgentException($"Node name \"{options.NodeName}\" is not valid. Set NodeName (-node) to {NameLetters}.");
        }

        if (options.Datacenter.Length == 0
            || options.Datacenter.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_')))
        {
            throw new ConsulAgentException(
                $"Datacenter \"{options.Datacenter}\" is not valid. "
                + "Set Datacenter (-datacenter) to lower-case letters, digits, dashes and underscores.");
        }

        if (options.HttpsPort is < -1 or > ushort.MaxValue)
        {
            throw new ConsulAgentException($"HTTPS port {options.HttpsPort} is not valid. Set HttpsPort (-https-port) from 0 to 65535, or to -1 for none; 0 takes a free one.");
        }

        if (options is { HttpPort: -1, HttpsPort: -1, UnixSocket: null })
        {
            throw new ConsulAgentException("Nobody could ask this agent: HttpPort (-http-port) is -1, and there is neither HTTPS nor a unix socket. Set one of them.");
        }

        if (options.HttpPort is < -1 or > ushort.MaxValue)
        {
            throw new ConsulAgentException(
                $"HTTP port {options.HttpPort} is not valid. Set HttpPort (-http-port) from 0 to 65535; 0 takes a free one.");
        }

        if (options.NodeId is { } id && !Guid.TryParseExact(id, "D", out _))
        {
            throw new ConsulAgentException($"Node id \"{id}\" is not valid. Set NodeId (-node-id) to a UUID, or leave it out.");
        }

        if (CatalogRules.MetadataFault(options.NodeMeta, reserved: true) is { } meta)
        {
            throw new ConsulAgentException($"node_meta invalid: {meta}");
        }

        if (options.DnsPort is < -1 or > ushort.MaxValue)
        {
            throw new ConsulAgentException(
                $"DNS port {options.DnsPort} is not valid. Set DnsPort (-dns-port) from 0 to 65535, or to -1 for none; 0 takes a free one.");
        }

        client = Client(options);
        var bind = Parse(options.BindAddress, "BindAddress (-bind)");
        var told = options.AdvertiseAddress is { } text ? ParseTold(text, "Advertise address", "AdvertiseAddress (-advertise)") : IsWildcard(bind) ? OfMachine(bind) : bind;
        advertise = told.ToString();
        _ = Wan(options, advertise);
    }

    /// <summary>The node's address for other datacenters.</summary>
    /// <param name="options">The options.</param>
    /// <param name="advertise">Its address for its own.</param>
    public static string Wan(ConsulAgentOptions options, string advertise) =>
        options.AdvertiseWanAddress is { } own ? ParseTold(own, "Advertise WAN address", "AdvertiseWanAddress (-advertise-wan)").ToString() : advertise;

    /// <summary>Where HTTP listens, and all else that nothing is said of.</summary>
    public static IReadOnlyList<IPAddress> Client(ConsulAgentOptions options) => ParseAll(options.ClientAddress, "ClientAddress (-client)");

    /// <summary>Where HTTPS listens.</summary>
    /// <param name="options">The options.</param>
    /// <param name="client">Where HTTP does.</param>
    public static IReadOnlyList<IPAddress> Https(ConsulAgentOptions options, IReadOnlyList<IPAddress> client) =>
        options.HttpsAddress is { } own ? ParseAll(own, "HttpsAddress (addresses.https)") : client;

    /// <summary>Where DNS listens.</summary>
    /// <param name="options">The options.</param>
    /// <param name="client">Where HTTP does.</param>
    public static IReadOnlyList<IPAddress> Dns(ConsulAgentOptions options, IReadOnlyList<IPAddress> client) =>
        options.Dns.Address is { } own ? ParseAll(own, "Dns.Address (addresses.dns)") : client;

    /// <summary>An address under which a listener can be reached from this machine.</summary>
    public static IPAddress Reachable(IPAddress listening) =>
        listening.Equals(IPAddress.Any) ? IPAddress.Loopback : listening.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listening;

    /// <summary>Whether this machine has the address.</summary>
    public static bool IsOfMachine(IPAddress address) =>
        AddressesOf(NetworkInterface.GetAllNetworkInterfaces()).Contains(address);

    /// <summary>All addresses, which nobody reaches.</summary>
    public static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    // Nobody reaches a wildcard, and which of the machine's addresses others should take can only be guessed.
    private static IPAddress ParseTold(string text, string name, string option) =>
        Parse(text, option) is var address && !IsWildcard(address)
            ? address
            : throw new ConsulAgentException($"{name} cannot be 0.0.0.0, :: or [::]. Set {option} to where others reach this machine, or leave it out.");

    /// <param name="text">An address, or <c>localhost</c>.</param>
    /// <param name="option">What it was given as, for the error.</param>
    public static IPAddress Parse(string text, string option) =>
        text == "localhost" ? IPAddress.Loopback
        : text == "[::]" ? IPAddress.IPv6Any
        : IPAddress.TryParse(text, out var address) && IsWhole(text, address) ? address
        : throw new ConsulAgentException(
            text.Any(char.IsWhiteSpace)
                ? $"\"{text}\" is not one IP address. Set {option} to one of them."
                : $"\"{text}\" is no IP address. Set {option} to one, such as 127.0.0.1.");

    /// <param name="text">Addresses with blanks between them, as Consul takes them.</param>
    /// <param name="option">What they were given as, for the error.</param>
    private static IReadOnlyList<IPAddress> ParseAll(string text, string option) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } all ? [.. all.Select(one => Parse(one, option)).Distinct()] : [Parse(text, option)];

    // .NET also takes 1.2.3 for 1.2.0.3, numbers in octal and hexadecimal, and an IPv6 address with a port.
    private static bool IsWhole(string text, IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text : !text.Contains('[', StringComparison.Ordinal);

    // Who binds to addresses of six alone has none of four to tell.
    private static IPAddress OfMachine(IPAddress wildcard) => wildcard.Equals(IPAddress.Any)
        ? FirstOfMachine()
        : FirstPublicOfSix(AddressesOf(NetworkInterface.GetAllNetworkInterfaces()))
        ?? throw new ConsulAgentException("No public IPv6 address found. Set AdvertiseAddress (-advertise) to where others reach this machine, or BindAddress (-bind) to one of its addresses.");

    /// <summary>Of some addresses, the first of six that is neither the machine's or a network's own nor kept for examples (RFC 6890).</summary>
    public static IPAddress? FirstPublicOfSix(IEnumerable<IPAddress> addresses) => addresses.FirstOrDefault(static address =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !address.IsIPv6SiteLocal && !address.IsIPv6UniqueLocal
        && address.GetAddressBytes() is not [0x20, 0x01, 0x0d, 0xb8, ..]);

    private static IPAddress FirstOfMachine() =>
        AddressesOf(NetworkInterface.GetAllNetworkInterfaces().Where(static network =>
                network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback))
            .FirstOrDefault(static address => address.AddressFamily == AddressFamily.InterNetwork)
        ?? IPAddress.Loopback;

    private static IEnumerable<IPAddress> AddressesOf(IEnumerable<NetworkInterface> networks) =>
        networks.SelectMany(static network => network.GetIPProperties().UnicastAddresses).Select(static unicast => unicast.Address);
}
