namespace Rollcall.Agent.Configuration;

/// <summary>The fields of <c>limits</c>, from several sources of configuration. Those that Consul does not know are this agent's own.</summary>
internal sealed class LimitFields
{
    private readonly List<Action<AgentLimitOptions>> _settings = [];

    public void Apply(ConfigObject limits)
    {
        Set(limits.Unsigned("kv_max_value_size", "uint64"), static (options, value) => options.MaxValueBytes = value);
        Set(limits.Unsigned("txn_max_req_len", "uint64"), static (options, value) => options.MaxTransactionBytes = value);
        Set(limits.Duration("https_handshake_timeout"), static (options, value) => options.TlsHandshakeTimeout = value);
        Set(limits.Int("max_watchers"), static (options, value) => options.MaxWatchers = value);
        Set(limits.Int("max_watchers_per_client"), static (options, value) => options.MaxWatchersPerClient = value);
        Set(limits.Int("max_connections"), static (options, value) => options.MaxConnections = value);
        Set(limits.Long("max_bytes_in_flight"), static (options, value) => options.MaxBytesInFlight = value);
        Set(limits.Long("max_bytes_in_flight_per_client"), static (options, value) => options.MaxBytesInFlightPerClient = value);
        Set(limits.Long("max_memory"), static (options, value) => options.MaxMemoryBytes = value);
        Set(limits.Int("max_probes"), static (options, value) => options.MaxProbes = value);
        Set(limits.Int("max_scripts"), static (options, value) => options.MaxScripts = value);
        Set(limits.Int("min_bytes_per_second"), static (options, value) => options.MinBytesPerSecond = value);
        Set(limits.Duration("keep_alive_timeout"), static (options, value) => options.KeepAliveTimeout = value);
        Set(limits.Duration("request_headers_timeout"), static (options, value) => options.RequestHeadersTimeout = value);

        // There are no other servers to be called by.
        ConfigObject.PassOver(limits.Duration, "rpc_client_timeout", "rpc_handshake_timeout");
        ConfigObject.PassOver(limits.Int, "rpc_max_burst", "rpc_max_conns_per_client");
        ConfigObject.PassOver(limits.Double, "rpc_rate");
    }

    public void ApplyTo(AgentLimitOptions options) => _settings.ForEach(setting => setting(options));

    private void Set<T>(T? value, Action<AgentLimitOptions, T> set)
        where T : struct
    {
        if (value is { } given)
        {
            _settings.Add(options => set(options, given));
        }
    }
}
