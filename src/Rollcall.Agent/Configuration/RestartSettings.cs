using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Configuration;

/// <summary>What a reload does not change.</summary>
internal static partial class RestartSettings
{
    private static readonly (string Name, Func<ConsulAgentOptions, object?> Read)[] s_settings =
    [
        ("acl", static options => (options.Acl.Enabled, options.Acl.AllowByDefault, options.Acl.EnableKeyListPolicy, options.Acl.PersistTokens)),
        ("acl.tokens", static options => (options.Acl.MasterToken, options.Acl.DefaultToken, options.Acl.AgentMasterToken)),
        ("addresses.dns", static options => options.Dns.Address),
        ("addresses.https", static options => options.HttpsAddress),
        ("advertise_addr", static options => options.AdvertiseAddress),
        ("alt_domain", static options => options.Dns.AltDomain),
        ("bind_addr", static options => options.BindAddress),
        ("client_addr or addresses.http", static options => (options.ClientAddress, options.UnixSocket)),
        ("connect.enabled", static options => options.ConnectEnabled),
        ("data_dir", static options => options.DataDirectory),
        ("datacenter", static options => options.Datacenter),
        ("domain", static options => options.Dns.Domain),
        ("enable_script_checks", static options => options.EnableScriptChecks),
        ("http_config.block_endpoints", static options => string.Join('\n', options.BlockedEndpoints)),
        ("http_config.response_headers", static options => Text(options.ResponseHeaders)),
        ("limits.http_max_conns_per_client", static options => options.MaxConnectionsPerClient),
        ("node_id", static options => options.NodeId),
        ("node_meta", static options => Text(options.NodeMeta)),
        ("node_name", static options => options.NodeName),
        ("ports.dns", static options => options.DnsPort),
        ("ports.http", static options => options.HttpPort),
        ("ports.https", static options => options.HttpsPort),
        ("ports.serf_lan", static options => options.SerfLanPort),
        ("ports.serf_wan", static options => options.SerfWanPort),
        ("ports.server", static options => options.ServerPort),
        ("recursors", static options => string.Join('\n', options.Dns.Recursors)),
        ("session_ttl_min", static options => options.SessionTtlMin),
        ("telemetry.prometheus_retention_time", static options => options.PrometheusRetention),
    ];

    /// <summary>Logs what has another value now: it counts after the next start. Names only, for some of the values are secrets.</summary>
    public static void Warn(ILogger logger, ConsulAgentOptions before, ConsulAgentOptions after)
    {
        var changed = string.Join(", ", s_settings.Where(setting => !Equals(setting.Read(before), setting.Read(after))).Select(static setting => setting.Name));
        if (changed.Length > 0)
        {
            Log.NeedsRestart(logger, changed);
        }
    }

    private static string Text(IReadOnlyDictionary<string, string> pairs) =>
        string.Join('\n', pairs.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}"));

    private static partial class Log
    {
        [LoggerMessage(102, LogLevel.Warning, "What has changed in the configuration counts only after a restart: {Settings}")]
        public static partial void NeedsRestart(ILogger logger, string settings);
    }
}
