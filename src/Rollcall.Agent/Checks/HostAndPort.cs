using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Checks;

/// <summary>Where a check connects to, as Go reads it: ports have names, too.</summary>
/// <param name="Host">A name or an address, which has no brackets.</param>
/// <param name="Port">From 1 to 65535.</param>
/// <param name="Dialed">The same as failures tell it: with the host as it was written, and the port's number.</param>
internal readonly record struct HostAndPort(string Host, int Port, string Dialed)
{
    // What Go knows where the system has no list.
    private const string BuiltIn =
        """
        domain 53/tcp
        domain 53/udp
        ftp 21/tcp
        ftps 990/tcp
        gopher 70/tcp
        http 80/tcp
        https 443/tcp
        imap2 143/tcp
        imap3 220/tcp
        imaps 993/tcp
        pop3 110/tcp
        pop3s 995/tcp
        smtp 25/tcp
        ssh 22/tcp
        telnet 23/tcp
        """;

    // Read once, as in Go.
    private static readonly Lazy<FrozenDictionary<string, int>> s_ports = new(static () => ReadPorts(SystemList()));

    /// <summary>The host and port, as one URL has them.</summary>
    public string Authority => GoAddress.Join(Host, Port);

    /// <summary>Takes <c>host:port</c> apart; an IPv6 address comes in brackets, and without a host it is this machine.</summary>
    /// <param name="target">The text.</param>
    /// <param name="network"><c>tcp</c> or <c>udp</c>: a name may be another port there.</param>
    /// <param name="fault">Why it can't be; where Go has words for it, in these.</param>
    public static HostAndPort? Read(string target, string network, out string fault)
    {
        fault = "";
        var colon = target.LastIndexOf(':');
        if (colon < 0 || target[^1] == ']')
        {
            fault = $"address {target}: missing port in address";
            return null;
        }

        var (host, port) = (target[..colon], target[(colon + 1)..]);
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            fault = $"address {target}: too many colons in address";
            return null;
        }

        var digits = port is ['+' or '-', ..] ? port[1..] : port;
        var number = 0;
        if (digits.Length > 0 && digits.All(char.IsAsciiDigit))
        {
            fault = port[0] != '-' && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= IPEndPoint.MaxPort
                ? ""
                : $"address {port}: invalid port";
        }
        else if (port.Length > 0 && !s_ports.Value.TryGetValue($"{network}/{port}", out number))
        {
            fault = $"address {network}/{port}: unknown port";
        }

        if (fault.Length == 0 && number == 0)
        {
            fault = $"address {target}: expected host:port, such as 127.0.0.1:8080";
        }

        // Of a datagram nobody can tell whether it has reached the right one of the addresses that localhost may be.
        return fault.Length > 0
            ? null
            : new HostAndPort(host.Length > 0 ? host : network == "udp" ? "127.0.0.1" : "localhost", number, string.Create(CultureInfo.InvariantCulture, $"{target[..colon]}:{number}"));
    }

    /// <summary>Reads lines such as <c>http 80/tcp www # World Wide Web</c>, after the names that are built in.</summary>
    /// <returns>Ports by network and name, such as <c>tcp/www</c>, in any case.</returns>
    internal static FrozenDictionary<string, int> ReadPorts(IEnumerable<string> lines)
    {
        var ports = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in BuiltIn.Split('\n').Concat(lines))
        {
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words[1].Split('/') is [var port, var network]
                && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= IPEndPoint.MaxPort)
            {
                foreach (var name in words.Where((_, i) => i != 1))
                {
                    ports[$"{network}/{name}"] = number;
                }
            }
        }

        return ports.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static string[] SystemList()
    {
        try
        {
            return File.ReadAllLines(OperatingSystem.IsWindows() ? Path.Combine(Environment.SystemDirectory, "drivers", "etc", "services") : "/etc/services");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
