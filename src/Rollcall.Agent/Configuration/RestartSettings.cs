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
        ("advertise_addr_ipv4 or its like", static options => Text(options.FamilyAddresses)),
        ("advertise_addr_wan", static options => options.AdvertiseWanAddress),
        ("alt_domain", static options => options.Dns.AltDomain),
        ("bind_addr", static options => options.BindAddress),
        ("bootstrap or bootstrap_expect", static options => options.IsBootstrap),
        ("check_output_max_size", static options => options.CheckOutputMaxSize),
        ("check_update_interval", static options => options.CheckUpdateInterval),
        ("client_addr or addresses.http", static options => (options.ClientAddress, options.UnixSocket)),
        ("config_entries.bootstrap", static options => string.Join('\n', options.Definitions.ConfigEntries)),
        ("connect.ca_config", static options => options.ClusterId),
        ("connect.enabled", static options => options.ConnectEnabled),
        ("data_dir", static options => options.DataDirectory),
        ("datacenter", static options => options.Datacenter),
        ("default_query_time", static options => options.DefaultQueryTime),
        ("disable_http_unprintable_char_filter", static options => options.AllowUnprintablePaths),
        ("discard_check_output", static options => options.DiscardCheckOutput),
        ("dns_config.a_record_limit", static options => options.Dns.AddressLimit),
        ("dns_config.enable_additional_node_meta_txt", static options => options.Dns.NodeMetaText),
        ("dns_config.enable_truncate", static options => options.Dns.EnableTruncate),
        ("dns_config.node_ttl", static options => options.Dns.NodeTtl),
        ("dns_config.only_passing", static options => options.Dns.OnlyPassing),
        ("dns_config.recursor_timeout", static options => options.Dns.RecursorTimeout),
        ("dns_config.service_ttl", static options => Text(options.Dns.ServiceTtl)),
        ("dns_config.soa", static options => (options.Dns.SoaRefresh, options.Dns.SoaRetry, options.Dns.SoaExpire, options.Dns.SoaMinTtl)),
        ("dns_config.udp_answer_limit", static options => options.Dns.UdpAnswerLimit),
        ("domain", static options => options.Dns.Domain),
        ("enable_agent_tls_for_checks or server_name", static options => (options.Tls.UseForChecks, options.Tls.CheckServerName)),
        ("enable_script_checks", static options => options.EnableScriptChecks),
        ("http_config.allow_write_http_from", static options => string.Join('\n', options.AllowWritesFrom)),
        ("http_config.block_endpoints", static options => string.Join('\n', options.BlockedEndpoints)),
        ("http_config.response_headers", static options => Text(options.ResponseHeaders)),
        ("leave_on_terminate", static options => options.Source?.LeaveOnTerminate),
        ("limits.http_max_conns_per_client", static options => options.MaxConnectionsPerClient),
        ("limits.https_handshake_timeout", static options => options.Limits.TlsHandshakeTimeout),
        ("limits.keep_alive_timeout", static options => options.Limits.KeepAliveTimeout),
        ("limits.kv_max_value_size", static options => options.Limits.MaxValueBytes),
        ("limits.max_bytes_in_flight", static options => options.Limits.MaxBytesInFlight),
        ("limits.max_bytes_in_flight_per_client", static options => options.Limits.MaxBytesInFlightPerClient),
        ("limits.max_connections", static options => options.Limits.MaxConnections),
        ("limits.max_memory", static options => options.Limits.MaxMemoryBytes),
        ("limits.max_probes", static options => options.Limits.MaxProbes),
        ("limits.max_scripts", static options => options.Limits.MaxScripts),
        ("limits.max_watchers", static options => options.Limits.MaxWatchers),
        ("limits.max_watchers_per_client", static options => options.Limits.MaxWatchersPerClient),
        ("limits.min_bytes_per_second", static options => options.Limits.MinBytesPerSecond),
        ("limits.request_headers_timeout", static options => options.Limits.RequestHeadersTimeout),
        ("limits.txn_max_req_len", static options => options.Limits.MaxTransactionBytes),
        ("max_query_time", static options => options.MaxQueryTime),
        ("node_id", static options => options.NodeId),
        ("node_meta", static options => Text(options.NodeMeta)),
        ("node_name", static options => options.NodeName),
        ("pid_file", static options => options.Source?.PidFile),
        ("ports.dns", static options => options.DnsPort),
        ("ports.http", static options => options.HttpPort),
        ("ports.https", static options => options.HttpsPort),
        ("ports.serf_lan", static options => options.SerfLanPort),
        ("ports.serf_wan", static options => options.SerfWanPort),
        ("ports.server", static options => options.ServerPort),
        ("ports.sidecar_min_port or ports.sidecar_max_port", static options => options.SidecarPorts),
        ("recursors", static options => string.Join('\n', options.Dns.Recursors)),
        ("session_ttl_min", static options => options.SessionTtlMin),
        ("skip_leave_on_interrupt", static options => options.Source?.SkipLeaveOnInterrupt),
        ("tagged_addresses", static options => Text(options.TaggedAddresses)),
        ("telemetry.disable_hostname", static options => options.MetricNames.HasHost),
        ("telemetry.filter_default", static options => options.MetricNames.TellsOthers),
        ("telemetry.metrics_prefix", static options => options.MetricNames.Prefix),
        ("telemetry.prefix_filter", static options => string.Join('\n', options.MetricNames.Filter)),
        ("telemetry.prometheus_retention_time", static options => options.PrometheusRetention),
        ("unix_sockets.group", static options => options.UnixSocketGroup),
        ("unix_sockets.mode", static options => options.UnixSocketMode),
        ("unix_sockets.user", static options => options.UnixSocketUser),
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

    private static string Text<T>(IEnumerable<KeyValuePair<string, T>> pairs) =>
        string.Join('\n', pairs.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}"));

    private static partial class Log
    {
        [LoggerMessage(102, LogLevel.Warning, "What has changed in the configuration counts only after a restart: {Settings}")]
        public static partial void NeedsRestart(ILogger logger, string settings);
    }
}
