using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Rollcall.Discovery.Sources;

/// <summary>
/// What a target by DNS says: <c>dns+srv:///_orders._tcp.example.org</c> for SRV records, <c>dns:///orders.example.org:8080</c> for addresses and a port,
/// either with a server of its own (<c>dns+srv://127.0.0.1:8600/orders.service.consul?policy=round_robin</c>). Immutable.
/// </summary>
public sealed class DnsTarget
{
    /// <summary>The scheme of targets with addresses.</summary>
    public const string Scheme = "dns";

    /// <summary>The scheme of targets with SRV records.</summary>
    public const string SrvScheme = "dns+srv";

    private const string Examples = "Write it like dns+srv:///_orders._tcp.example.org or dns://127.0.0.1:53/orders.example.org:8080?policy=round_robin.";
    private const int DomainPort = 53;

    private DnsTarget(IPEndPoint? server, int? port, ServiceTarget service) => (Server, Port, Service) = (server, port, service);

    /// <summary>Whom to ask; null: the system's servers.</summary>
    public IPEndPoint? Server { get; }

    /// <summary>The port of all instances; null: SRV records say it.</summary>
    public int? Port { get; }

    /// <summary>The name and the parameters behind it (<see cref="ServiceTarget.Parse"/>), but those that DNS can't select by.</summary>
    public ServiceTarget Service { get; }

    /// <summary>Whether a target has one of the two schemes.</summary>
    public static bool IsDns(string? target) =>
        target is not null
        && (target.StartsWith($"{Scheme}:", StringComparison.OrdinalIgnoreCase) || target.StartsWith($"{SrvScheme}:", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a target.</summary>
    /// <exception cref="FormatException">It can't be read; the message names the faulty part and shows a right one.</exception>
    public static DnsTarget Parse(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return TryParse(target, out var parsed, out var fault) ? parsed : throw new FormatException(fault);
    }

    /// <summary>Reads a target.</summary>
    /// <param name="target">See <see cref="DnsTarget"/>.</param>
    /// <param name="parsed">What it says.</param>
    /// <param name="fault">What is wrong with it, in sentences.</param>
    public static bool TryParse(string? target, [NotNullWhen(true)] out DnsTarget? parsed, [NotNullWhen(false)] out string? fault)
    {
        parsed = null;
        fault = null;
        var at = target?.IndexOf("://", StringComparison.Ordinal) ?? -1;
        var slash = at < 0 ? -1 : target!.IndexOf('/', at + 3);
        if (!IsDns(target) || slash < 0)
        {
            fault = $"\"{target}\" is no target by DNS. {Examples}";
            return false;
        }

        var (authority, rest) = (target![(at + 3)..slash], target[(slash + 1)..]);
        IPEndPoint? server = null;
        if (authority.Length > 0 && !TryServer(authority, out server))
        {
            // What is before an @ may be a secret.
            fault = $"\"{authority[(authority.LastIndexOf('@') + 1)..]}\" is no address of a DNS server. {Examples}";
            return false;
        }

        int? port = null;
        if (at == Scheme.Length && !TryTakePort(ref rest, out port))
        {
            fault = $"The name \"{rest.Split('?')[0]}\" has no port, and addresses alone say none. Put it behind the name, or use {SrvScheme}:// for SRV records. {Examples}";
            return false;
        }

        if (!ServiceTarget.TryParse(rest, out var service, out var what))
        {
            fault = $"The target can't be used: {what}. {Examples}";
            return false;
        }

        if (DnsEndpointSource.Objection(service.Query) is { } objection)
        {
            fault = objection;
            return false;
        }

        parsed = new DnsTarget(server, port, service);
        return true;
    }

    /// <summary>
    /// A source with the target's name alone, for queries of that name or of its first label: <c>orders</c> for <c>orders.service.consul</c> and for
    /// <c>_orders._tcp.example.org</c>. It refuses other names; <see cref="DnsEndpointSourceOptions.Domain"/> is for a source with many. What is behind
    /// the name is for its callers: give them <see cref="Service"/>.
    /// </summary>
    /// <param name="timeProvider">Null: the system's.</param>
    public DnsEndpointSource CreateSource(TimeProvider? timeProvider = null)
    {
        var options = new DnsEndpointSourceOptions { Port = Port, OnlyName = Service.Query.Name };
        if (Server is not null)
        {
            options.Servers.Add(Server);
        }

        return new DnsEndpointSource(options, timeProvider);
    }

    private static bool TryServer(string authority, [NotNullWhen(true)] out IPEndPoint? server)
    {
        if (!IPEndPoint.TryParse(authority, out server))
        {
            return false;
        }

        server = server.Port == 0 ? new IPEndPoint(server.Address, DomainPort) : server;
        return true;
    }

    private static bool TryTakePort(ref string rest, out int? port)
    {
        var end = rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var question ? question : rest.Length;
        var colon = end == 0 ? -1 : rest.LastIndexOf(':', end - 1, end);
        port = null;
        if (colon < 0 || !int.TryParse(rest.AsSpan(colon + 1, end - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > ushort.MaxValue)
        {
            return false;
        }

        port = number;
        rest = rest[..colon] + rest[end..];
        return true;
    }
}
