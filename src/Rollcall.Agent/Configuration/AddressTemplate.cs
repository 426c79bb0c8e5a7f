using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Rollcall.Agent.Configuration;

/// <summary>Addresses that are found on the machine: the usual ones of the templates that Consul takes (go-sockaddr).</summary>
internal static partial class AddressTemplate
{
    /// <summary>An address of a configuration, or several; a template in it becomes what it stands for.</summary>
    public static string? Read(ConfigObject from, string name) => Read(from, name, from.Text(name));

    /// <summary>A list of addresses of a configuration.</summary>
    public static IEnumerable<string> ReadAll(ConfigObject from, string name) => (from.Texts(name) ?? []).Select(text => Read(from, name, text)).OfType<string>().ToList();

    private static string? Read(ConfigObject from, string name, string? text)
    {
        if (text?.Contains("{{", StringComparison.Ordinal) != true)
        {
            return text;
        }

        if (Resolve(text, OfMachine(), out var fault) is { } address)
        {
            return address;
        }

        from.Faults.Value(from.PathOf(name), fault);
        return null;
    }

    /// <param name="text">A template, or several and addresses, with blanks between them.</param>
    /// <param name="machine">The addresses that there are.</param>
    /// <param name="fault">Why it is null.</param>
    public static string? Resolve(string text, IReadOnlyList<MachineAddress> machine, out string fault)
    {
        var problem = "";
        var resolved = Template().Replace(text, template =>
        {
            if (ResolveOne(template.Value, machine, out var why) is { } address)
            {
                return address;
            }

            problem = why;
            return "";
        });
        fault = problem;
        return problem.Length == 0 ? resolved.Trim() : null;
    }

    private static string? ResolveOne(string text, IReadOnlyList<MachineAddress> machine, out string fault)
    {
        var match = Call().Match(text);
        var (function, name) = (match.Groups["function"].Value, match.Groups["name"].Value);
        var found = (function, name.Length > 0) switch
        {
            ("GetPrivateIP" or "GetPrivateIPs", false) => OfNetworks(machine).Where(static known => IsPrivate(known.Address)),
            ("GetPublicIP" or "GetPublicIPs", false) => OfNetworks(machine).Where(static known => !IsPrivate(known.Address)),
            ("GetInterfaceIP" or "GetInterfaceIPs", true) =>
                machine.Where(known => known.Interface == name).OrderBy(static known => known.Address.AddressFamily != AddressFamily.InterNetwork),
            _ => null,
        };
        var addresses = found?.Select(static known => known.Address.ToString()).Take(function.EndsWith('s') ? int.MaxValue : 1).ToList();
        fault = addresses is null
            ? $"template {text} is not known here: use {{{{ GetPrivateIP }}}}, {{{{ GetPublicIP }}}} or {{{{ GetInterfaceIP \"eth0\" }}}}, or write the address itself"
            : $"template {text} finds no address on this machine: write the address itself";
        return addresses is { Count: > 0 } ? string.Join(' ', addresses) : null;
    }

    private static List<MachineAddress> OfMachine() =>
    [
        .. from network in NetworkInterface.GetAllNetworkInterfaces()
           where network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
           let properties = network.GetIPProperties()
           from unicast in properties.UnicastAddresses
           where !unicast.Address.IsIPv6LinkLocal
           select new MachineAddress(network.Name, unicast.Address, properties.GatewayAddresses.Count > 0),
    ];

    // Those first from which others are reached: a bridge for containers has an address, too.
    private static IEnumerable<MachineAddress> OfNetworks(IReadOnlyList<MachineAddress> machine) => machine
        .Where(static known => known.Address.AddressFamily == AddressFamily.InterNetwork && known.Address.GetAddressBytes() is not ([127, ..] or [169, 254, ..]))
        .OrderByDescending(static known => known.IsRouted);

    // What RFC 6890 keeps for networks of one's own, for examples and measurements.
    private static bool IsPrivate(IPAddress address) => address.GetAddressBytes() is
        [10, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..] or [100, >= 64 and <= 127, ..]
        or [192, 0, 0 or 2, _] or [198, 18 or 19, ..] or [198, 51, 100, _] or [203, 0, 113, _];

    // One that is not closed goes to the end, and is known to nobody.
    [GeneratedRegex("""\{\{.*?(\}\}|$)""", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Template();

    [GeneratedRegex("""^\s*\{\{\s*(?<function>\w+)(\s+["`](?<name>[^"`]+)["`])?\s*\}\}\s*$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Call();
}
