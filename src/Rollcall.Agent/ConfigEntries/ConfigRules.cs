using System.Globalization;
using System.Text.RegularExpressions;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.ConfigEntries;

/// <summary>What Consul demands of the entries of each kind by themselves, in its words.</summary>
internal static partial class ConfigRules
{
    /// <summary>Stands for any service.</summary>
    public const string All = "*";

    /// <summary>Null, or what is wrong with an entry.</summary>
    public static string? Fault(ConfigEntry entry)
    {
        var fields = ConfigReader.FieldsOf(entry);
        return entry.Kind switch
        {
            ConfigKinds.ServiceRouter => NameFault(entry) ?? First(fields["Routes"].Items, RouteFault),
            ConfigKinds.ServiceSplitter => NameFault(entry) ?? SplitFault(entry, fields["Splits"].Items),
            ConfigKinds.ServiceResolver => NameFault(entry) ?? ResolverFault(entry, fields),
            ConfigKinds.IngressGateway => IngressFault(fields),
            ConfigKinds.TerminatingGateway => TerminatingFault(fields["Services"].Items),
            _ => null,
        };
    }

    /// <summary>The services that an entry sends calls to.</summary>
    public static IEnumerable<string> Related(ConfigEntry entry)
    {
        var fields = ConfigReader.FieldsOf(entry);
        var services = entry.Kind switch
        {
            ConfigKinds.ServiceRouter => fields["Routes"].Items.Select(static route => route["Destination"]["Service"].Text),
            ConfigKinds.ServiceSplitter => fields["Splits"].Items.Select(static split => split["Service"].Text),
            ConfigKinds.ServiceResolver => fields["Failover"].Members.Select(static failover => failover.Value["Service"].Text).Append(fields["Redirect"]["Service"].Text),
            ConfigKinds.IngressGateway => fields["Listeners"].Items.SelectMany(static listener => listener["Services"].Items).Select(static service => service["Name"].Text),
            _ => [],
        };
        return services.Where(service => service is not ("" or All) && (service != entry.Name || entry.Kind == ConfigKinds.IngressGateway)).Distinct(StringComparer.Ordinal);
    }

    private static string? NameFault(ConfigEntry entry) => entry.Name.Length == 0 ? "Name is required" : null;

    private static string? RouteFault(GoValue route, int i)
    {
        var http = route["Match"]["HTTP"];
        foreach (var field in new[] { "PathExact", "PathPrefix" })
        {
            if (http[field].Text is { Length: > 0 } path && path[0] != '/')
            {
                return Say($"Route[{i}] {field} doesn't start with '/': \"{path}\"");
            }
        }

        if (Count(http, "PathExact", "PathPrefix", "PathRegex") > 1)
        {
            return Say($"Route[{i}] should only contain at most one of PathExact, PathPrefix, or PathRegex");
        }

        var methods = new HashSet<string>(StringComparer.Ordinal);
        var repeated = http["Methods"].Items.Select(static method => method.Text).FirstOrDefault(method => !methods.Add(method));
        return First(http["Header"].Items, (header, j) => header["Name"].Text.Length == 0 ? Say($"Route[{i}] Header[{j}] missing required Name field")
                : Count(header, "Present", "Exact", "Prefix", "Suffix", "Regex") != 1 ? Say($"Route[{i}] Header[{j}] should only contain one of Present, Exact, Prefix, Suffix, or Regex")
                : null)
            ?? First(http["QueryParam"].Items, (parameter, j) => parameter["Name"].Text.Length == 0 ? Say($"Route[{i}] QueryParam[{j}] missing required Name field")
                : Count(parameter, "Present", "Exact", "Regex") != 1 ? Say($"Route[{i}] QueryParam[{j}] should only contain one of Present, Exact, or Regex")
                : null)
            ?? (repeated is not null ? Say($"Route[{i}] Methods contains \"{repeated}\" more than once")
                : route["Destination"]["PrefixRewrite"].Text.Length > 0 && Count(http, "PathExact", "PathPrefix") == 0
                    ? Say($"Route[{i}] cannot make use of PrefixRewrite without configuring either PathExact or PathPrefix")
                : null);
    }

    private static string? SplitFault(ConfigEntry entry, IReadOnlyList<GoValue> splits)
    {
        if (splits.Count == 0)
        {
            return "no splits configured";
        }

        var seen = new HashSet<(string, string, string)>();
        var hundredths = 0;
        foreach (var split in splits)
        {
            var (service, subset, space) = (split["Service"].Text is { Length: > 0 } name ? name : entry.Name, split["ServiceSubset"].Text, split["Namespace"].Text);
            if (!seen.Add((service, subset, space)))
            {
                return $"split destination occurs more than once: service=\"{service}\", subset=\"{subset}\", namespace=\"{space}\"";
            }

            hundredths += (int)MathF.Round(float.Parse(split["Weight"].Text, CultureInfo.InvariantCulture) * 100f, MidpointRounding.AwayFromZero);
        }

        return hundredths == 100 * 100 ? null : Say($"the sum of all split weights must be 100, not {(double)(hundredths / 100f):F6}");
    }

    private static string? ResolverFault(ConfigEntry entry, GoValue fields)
    {
        var subsets = fields["Subsets"].Members.Select(static subset => subset.Key).ToList();
        foreach (var subset in subsets)
        {
            if (subset.Length == 0)
            {
                return "Subset defined with empty name";
            }

            if (subset.Length > 63 || !Subset().IsMatch(subset))
            {
                return $"Subset \"{subset}\" is invalid: must be 63 characters or fewer, begin or end with lower case alphanumeric characters, and contain lower case alphanumeric characters or '-' in between";
            }
        }

        var chosen = fields["DefaultSubset"].Text;
        if (chosen.Length > 0 && !subsets.Contains(chosen))
        {
            return $"DefaultSubset \"{chosen}\" is not a valid subset";
        }

        return RedirectFault(entry, fields, subsets)
            ?? fields["Failover"].Members.Select(failover => FailoverFault(entry, failover.Key, failover.Value, subsets)).FirstOrDefault(static fault => fault is not null)
            ?? (fields["ConnectTimeout"].Text is ['-', ..] timeout ? $"Bad ConnectTimeout '{timeout}', must be >= 0" : null);
    }

    private static string? RedirectFault(ConfigEntry entry, GoValue fields, List<string> subsets)
    {
        if (fields.Members.All(static member => member.Key != "Redirect"))
        {
            return null;
        }

        var redirect = fields["Redirect"];
        var (service, subset) = (redirect["Service"].Text, redirect["ServiceSubset"].Text);
        return fields["Failover"].Members.Count > 0 ? "Redirect and Failover cannot both be set"
            : redirect.Members.Count == 0 ? "Redirect is empty"
            : service.Length == 0 && subset.Length > 0 ? "Redirect.ServiceSubset defined without Redirect.Service"
            : service.Length == 0 && redirect["Namespace"].Text.Length > 0 ? "Redirect.Namespace defined without Redirect.Service"
            : service == entry.Name && subset.Length > 0 && !subsets.Contains(subset) ? $"Redirect.ServiceSubset \"{subset}\" is not a valid subset of \"{service}\""
            : null;
    }

    private static string? FailoverFault(ConfigEntry entry, string of, GoValue failover, List<string> subsets)
    {
        var (service, subset) = (failover["Service"].Text, failover["ServiceSubset"].Text);
        return of != All && !subsets.Contains(of) ? $"Bad Failover[\"{of}\"]: not a valid subset"
            : failover.Members.Count == 0 ? $"Bad Failover[\"{of}\"] one of Service, ServiceSubset, Namespace, or Datacenters is required"
            : subset.Length > 0 && (service.Length == 0 || service == entry.Name) && !subsets.Contains(subset) ? $"Bad Failover[\"{of}\"].ServiceSubset \"{subset}\" is not a valid subset of \"{service}\""
            : failover["Datacenters"].Items.Any(static datacenter => datacenter.Text.Length == 0) ? $"Bad Failover[\"{of}\"].Datacenters: found empty datacenter"
            : null;
    }

    private static string? IngressFault(GoValue fields)
    {
        var ports = new HashSet<string>();
        var isTls = fields["TLS"]["Enabled"].Bool;
        foreach (var listener in fields["Listeners"].Items)
        {
            var (port, protocol, services) = (listener["Port"].Text, listener["Protocol"].Text, listener["Services"].Items);
            var on = $"(listener on port {port})";
            var hosts = new HashSet<string>(StringComparer.Ordinal);
            var fault = !ports.Add(port) ? $"port {port} declared on two listeners"
                : protocol is not ("tcp" or "http" or "http2" or "grpc") ? $"protocol must be 'tcp', 'http', 'http2', or 'grpc'. '{protocol}' is an unsupported protocol"
                : services.Count == 0 ? $"No service declared for listener with port {port}"
                : protocol != "http" && services.Count > 1 ? $"Multiple services per listener are only supported for protocol = 'http' {on}"
                : First(services, (service, _) =>
                {
                    var (name, of) = (service["Name"].Text, service["Hosts"].Items.Select(static host => host.Text).ToList());
                    return protocol == "tcp" && name == All ? $"Wildcard service name is only valid for protocol = 'http' {on}"
                        : protocol == "tcp" && of.Count > 0 ? $"Associating hosts to a service is not supported for the tcp protocol {on}"
                        : name.Length == 0 ? $"Service name cannot be blank {on}"
                        : name == All && of.Count > 0 ? $"Associating hosts to a wildcard service is not supported {on}"
                        : of.Select(host => !hosts.Add(host) ? $"Hosts must be unique within a specific listener {on}" : HostFault(host, isTls)).FirstOrDefault(static fault => fault is not null);
                });
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? HostFault(string host, bool isTls) =>
        host == All ? isTls ? "Host '*' is not allowed when TLS is enabled, all hosts must be valid DNS records to add as a DNSSAN" : null
        : host.Length > 255 || host.TrimEnd('.').Split('.').Any(static label => label.Length is 0 or > 63) ? $"Host \"{host}\" must be a valid DNS hostname"
        : (host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host).Contains('*', StringComparison.Ordinal) ? $"Host \"{host}\" is not valid, a wildcard specifier is only allowed as the leftmost label"
        : null;

    private static string? TerminatingFault(IReadOnlyList<GoValue> services)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return First(services, (service, _) =>
        {
            var name = service["Name"].Text;
            return name.Length == 0 ? "Service name cannot be blank."
                : !seen.Add(name) ? $"Service \"{name}\" was specified more than once within a namespace"
                : Count(service, "CertFile", "KeyFile") > 0 && Count(service, "CAFile", "CertFile", "KeyFile") < 3
                    ? $"Service \"{name}\" must have a CertFile, CAFile, and KeyFile specified for TLS origination"
                : null;
        });
    }

    private static string? First(IReadOnlyList<GoValue> items, Func<GoValue, int, string?> fault) => items.Select(fault).FirstOrDefault(static one => one is not null);

    // What is empty is left out, so that what is there is set.
    private static int Count(GoValue value, params ReadOnlySpan<string> names)
    {
        var count = 0;
        foreach (var name in names)
        {
            count += value[name].Kind == GoKind.Null ? 0 : 1;
        }

        return count;
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
    private static partial Regex Subset();
}
