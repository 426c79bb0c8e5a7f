using System.Globalization;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.ConfigEntries;

/// <summary>The kinds of config entries and their fields, in the order in which Consul shows them.</summary>
internal static class ConfigKinds
{
    public const string ServiceDefaults = "service-defaults";
    public const string ProxyDefaults = "proxy-defaults";
    public const string ServiceRouter = "service-router";
    public const string ServiceSplitter = "service-splitter";
    public const string ServiceResolver = "service-resolver";
    public const string IngressGateway = "ingress-gateway";
    public const string TerminatingGateway = "terminating-gateway";

    /// <summary>The one name that <see cref="ProxyDefaults"/> has.</summary>
    public const string Global = "global";

    private static readonly ConfigField s_meta = new("Meta", ConfigType.TextMap);
    private static readonly ConfigField s_meshGateway = new("MeshGateway", ConfigType.Struct, true, new ConfigField("Mode", ConfigType.Text));

    private static readonly ConfigField s_expose = new(
        "Expose",
        ConfigType.Struct,
        true,
        new("Checks", ConfigType.Bool),
        new(
            "Paths",
            ConfigType.Structs,
            false,
            new("ListenerPort", ConfigType.Int),
            new("Path", ConfigType.Text),
            new("LocalPathPort", ConfigType.Int),
            new("Protocol", ConfigType.Text),
            new("ParsedFromCheck", ConfigType.Bool, true)));

    private static readonly Dictionary<string, IReadOnlyList<ConfigField>> s_fields = new(StringComparer.Ordinal)
    {
        [ServiceDefaults] =
        [
            new("Protocol", ConfigType.Text, true) { Adjust = Lower },
            s_meshGateway,
            s_expose,
            new("ExternalSNI", ConfigType.Text),
            s_meta,
        ],
        [ProxyDefaults] = [new("Config", ConfigType.AnyMap, true), s_meshGateway, s_expose, s_meta],
        [ServiceRouter] =
        [
            new(
                "Routes",
                ConfigType.Structs,
                true,
                new ConfigField("Match", ConfigType.Optional, false, new ConfigField("HTTP", ConfigType.Optional, false, HttpMatch())),
                new ConfigField(
                    "Destination",
                    ConfigType.Optional,
                    false,
                    new("RequestTimeout", ConfigType.Duration),
                    new("Service", ConfigType.Text),
                    new("ServiceSubset", ConfigType.Text),
                    new("Namespace", ConfigType.Text),
                    new("PrefixRewrite", ConfigType.Text),
                    new("NumRetries", ConfigType.Unsigned),
                    new("RetryOnConnectFailure", ConfigType.Bool),
                    new("RetryOnStatusCodes", ConfigType.Numbers))) { Adjust = static routes => routes with { Items = [.. routes.Items.Select(Route)] } },
            s_meta,
        ],
        [ServiceSplitter] =
        [
            new(
                "Splits",
                ConfigType.Structs,
                true,
                new("Weight", ConfigType.Float, true) { Adjust = Hundredths },
                new("Service", ConfigType.Text),
                new("ServiceSubset", ConfigType.Text),
                new("Namespace", ConfigType.Text)),
            s_meta,
        ],
        [ServiceResolver] =
        [
            new("ConnectTimeout", ConfigType.Duration),
            new("DefaultSubset", ConfigType.Text),
            new("Subsets", ConfigType.StructMap, false, new("Filter", ConfigType.Text), new("OnlyPassing", ConfigType.Bool)),
            new(
                "Redirect",
                ConfigType.Optional,
                false,
                new("Service", ConfigType.Text),
                new("ServiceSubset", ConfigType.Text),
                new("Namespace", ConfigType.Text),
                new("Datacenter", ConfigType.Text)),
            new(
                "Failover",
                ConfigType.StructMap,
                false,
                new("Service", ConfigType.Text),
                new("ServiceSubset", ConfigType.Text),
                new("Namespace", ConfigType.Text),
                new("Datacenters", ConfigType.Texts)),
            s_meta,
        ],
        [IngressGateway] =
        [
            new("TLS", ConfigType.Struct, true, new ConfigField("Enabled", ConfigType.Bool, true)),
            new(
                "Listeners",
                ConfigType.Structs,
                true,
                new("Port", ConfigType.Int, true),
                new("Protocol", ConfigType.Text, true) { Adjust = static protocol => protocol.Text.Length == 0 ? protocol with { Text = "tcp" } : Lower(protocol) },
                new("Services", ConfigType.Structs, true, new("Name", ConfigType.Text, true), new("Hosts", ConfigType.Texts, true), s_meta)),
            s_meta,
        ],
        [TerminatingGateway] =
        [
            new(
                "Services",
                ConfigType.Structs,
                true,
                new("Name", ConfigType.Text),
                new("CAFile", ConfigType.Text),
                new("CertFile", ConfigType.Text),
                new("KeyFile", ConfigType.Text),
                new("SNI", ConfigType.Text)),
            s_meta,
        ],
    };

    /// <summary>Whether there is such a kind.</summary>
    public static bool Knows(string kind) => s_fields.ContainsKey(kind);

    /// <summary>The fields of a kind besides kind and name.</summary>
    public static IReadOnlyList<ConfigField> FieldsOf(string kind) => s_fields[kind];

    private static ConfigField[] HttpMatch() =>
    [
        new("PathExact", ConfigType.Text),
        new("PathPrefix", ConfigType.Text),
        new("PathRegex", ConfigType.Text),
        new(
            "Header",
            ConfigType.Structs,
            false,
            new("Name", ConfigType.Text, true),
            new("Present", ConfigType.Bool),
            new("Exact", ConfigType.Text),
            new("Prefix", ConfigType.Text),
            new("Suffix", ConfigType.Text),
            new("Regex", ConfigType.Text),
            new("Invert", ConfigType.Bool)),
        new(
            "QueryParam",
            ConfigType.Structs,
            false,
            new("Name", ConfigType.Text, true),
            new("Present", ConfigType.Bool),
            new("Exact", ConfigType.Text),
            new("Regex", ConfigType.Text)),
        new("Methods", ConfigType.Texts) { Adjust = static methods => methods with { Items = [.. methods.Items.Select(static one => one with { Text = one.Text.ToUpperInvariant() })] } },
    ];

    private static GoValue Lower(GoValue text) => text with { Text = text.Text.ToLowerInvariant() };

    private static GoValue Hundredths(GoValue weight) => weight with
    {
        Text = ((float)Math.Round(float.Parse(weight.Text, CultureInfo.InvariantCulture) * 100f, MidpointRounding.AwayFromZero) / 100f).ToString("R", CultureInfo.InvariantCulture),
    };

    // A destination of chosen methods always tells its namespace.
    private static GoValue Route(GoValue route)
    {
        var members = route.Members.ToList();
        var at = members.FindIndex(static member => member.Key == "Destination");
        if (at < 0 || !members[0].Value.Members.Any(static http => http.Value.Members.Any(static field => field.Key == "Methods")))
        {
            return route;
        }

        var fields = members[at].Value.Members.ToList();
        if (!fields.Exists(static field => field.Key == "Namespace"))
        {
            var before = fields.FindLastIndex(static field => field.Key is "RequestTimeout" or "Service" or "ServiceSubset");
            fields.Insert(before + 1, new("Namespace", new GoValue(GoKind.String) { Text = Intention.DefaultNamespace }));
            members[at] = new("Destination", members[at].Value with { Members = fields });
        }

        return route with { Members = members };
    }
}
