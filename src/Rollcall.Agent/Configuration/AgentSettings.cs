using System.Collections.Immutable;
using System.Net.Sockets;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Configuration;

/// <summary>What several sources of configuration ask for, together. Null is what nobody asked for.</summary>
internal sealed class AgentSettings
{
    private const int ConsulDnsPort = 8600;

    private readonly DefinitionFields _definitions = new();
    private readonly List<string> _warnings = [];
    private readonly DnsFields _dns = new();
    private readonly AclSettings _acl = new();
    private readonly ListenSettings _listen = new();
    private readonly TelemetryFields _telemetry = new();
    private readonly PortRanges _ranges = new();
    private readonly ClusterRules _rules = new();
    private Dictionary<string, string>? _nodeMeta;
    private string? _logLevel;
    private string? _nodeName;
    private string? _nodeId;
    private string? _datacenter;
    private string? _dataDirectory;
    private string? _bind;
    private string? _client;
    private string? _advertise;
    private string? _advertiseWan;
    private Dictionary<string, string>? _taggedAddresses;

    // By their fields: which tags they make is known when all sources are read.
    private readonly Dictionary<string, string> _familyAddresses = new(StringComparer.Ordinal);
    private int? _httpPort;
    private int? _dnsPort;
    private int? _serverPort;
    private int? _serfLanPort;
    private int? _serfWanPort;
    private bool? _scripts;
    private bool? _localScripts;
    private bool? _connect;
    private GoValue? _clusterId;
    private bool? _bootstrap;
    private int? _bootstrapExpect;
    private int? _checkOutputMaxSize;
    private TimeSpan? _checkUpdateInterval;
    private bool? _discardCheckOutput;
    private TimeSpan? _sessionTtlMin;
    private TimeSpan? _defaultQueryTime;
    private TimeSpan? _maxQueryTime;
    private bool? _unprintable;
    private string? _gossipKey;

    public string? LogLevel => NullIfEmpty(_logLevel);

    public string? PidFile { get; private set; }

    public bool? LeaveOnTerminate { get; private set; }

    public bool? SkipLeaveOnInterrupt { get; private set; }

    public IReadOnlyList<string> Warnings => [.. _warnings, .. KeyWarning, .. _telemetry.Warnings, .. _listen.Warnings];

    private IEnumerable<string> KeyWarning => string.IsNullOrEmpty(_gossipKey)
        ? []
        : ["encrypt is ignored: this agent is a single node and gossips with nobody, so operator/keyring says that encryption is not enabled"];

    private bool LocalScripts => _scripts == true || _localScripts == true;

    /// <summary>Takes a source over earlier ones; its services and checks come in addition.</summary>
    public void Apply(ConfigObject file)
    {
        _nodeName = file.Text("node_name") ?? _nodeName;
        _nodeId = file.Text("node_id") ?? _nodeId;
        _datacenter = file.Text("datacenter")?.ToLowerInvariant() ?? _datacenter;
        _dataDirectory = file.Text("data_dir") ?? _dataDirectory;
        _bind = AddressFields.ReadWithoutNames(file, "bind_addr") ?? _bind;
        _client = AddressFields.ReadWithoutNames(file, "client_addr") ?? _client;

        _advertise = AddressFields.ReadWithoutNames(file, "advertise_addr") ?? _advertise;
        _advertiseWan = AddressFields.ReadWithoutNames(file, "advertise_addr_wan") ?? _advertiseWan;
        ApplyFamilies(file);
        _logLevel = file.Text("log_level") ?? _logLevel;
        PidFile = file.Text("pid_file") ?? PidFile;
        LeaveOnTerminate = file.Bool("leave_on_terminate") ?? LeaveOnTerminate;
        SkipLeaveOnInterrupt = file.Bool("skip_leave_on_interrupt") ?? SkipLeaveOnInterrupt;
        _scripts = file.Bool("enable_script_checks") ?? _scripts;
        _localScripts = file.Bool("enable_local_script_checks") ?? _localScripts;
        _sessionTtlMin = file.Duration("session_ttl_min") ?? _sessionTtlMin;
        _defaultQueryTime = file.Duration("default_query_time") ?? _defaultQueryTime;
        _maxQueryTime = file.Duration("max_query_time") ?? _maxQueryTime;
        _unprintable = file.Bool("disable_http_unprintable_char_filter") ?? _unprintable;
        foreach (var (tag, address) in file.TextMap("tagged_addresses") ?? ImmutableDictionary<string, string>.Empty)
        {
            (_taggedAddresses ??= new(StringComparer.Ordinal))[tag] = address;
        }

        foreach (var (key, value) in file.TextMap("node_meta") ?? ImmutableDictionary<string, string>.Empty)
        {
            (_nodeMeta ??= new(StringComparer.Ordinal))[key] = value;
        }

        var (ports, addresses, connect) = (file.Object("ports"), file.Object("addresses"), file.Object("connect"));
        ApplyPorts(ports, addresses);
        ApplyGossip(file);
        _listen.Apply(file, ports, addresses);
        _dns.Apply(file);
        _rules.Apply(file, connect, _acl.Apply(file));
        _telemetry.Apply(file.Object("telemetry"));
        ApplyConnect(connect);
        ApplyCluster(file);
        ApplyLog(file);
        ApplyChecks(file);
        RefuseWatches(file);
        _definitions.Apply(file);
        _gossipKey = ClusterFields.PassOver(file) ?? _gossipKey;
        file.End();
    }

    /// <exception cref="ConsulAgentException">A service, a check, a range of ports or what belongs together in several sources makes no sense.</exception>
    public ConsulAgentOptions ToOptions()
    {
        _ranges.Validate();
        var options = new ConsulAgentOptions();
        options.HttpPort = _httpPort ?? options.HttpPort;

        // Who takes any port for the one takes any for the other; two agents on one machine are the usual reason.
        options.DnsPort = _dnsPort ?? (_httpPort == 0 ? 0 : ConsulDnsPort);
        _dns.ApplyTo(options.Dns);
        if (_bind is { } bind && string.IsNullOrWhiteSpace(bind))
        {
            throw new ConsulAgentException("bind_addr cannot be empty");
        }

        options.BindAddress = _bind ?? options.BindAddress;
        options.ClientAddress = NullIfEmpty(_client) ?? options.ClientAddress;
        _listen.ApplyTo(options);
        options.AdvertiseAddress = NullIfEmpty(_advertise);
        options.AdvertiseWanAddress = NullIfEmpty(_advertiseWan);
        options.TaggedAddresses = _taggedAddresses ?? options.TaggedAddresses;
        options.FamilyAddresses = FamilyTags();
        options.NodeName = NullIfEmpty(_nodeName) ?? options.NodeName;
        options.NodeId = NullIfEmpty(_nodeId);
        options.NodeMeta = _nodeMeta ?? options.NodeMeta;
        options.Datacenter = _datacenter ?? options.Datacenter;
        options.DataDirectory = NullIfEmpty(_dataDirectory);
        options.EnableScriptChecks = _scripts ?? false;
        options.CheckOutputMaxSize = _checkOutputMaxSize ?? options.CheckOutputMaxSize;
        options.CheckUpdateInterval = _checkUpdateInterval ?? options.CheckUpdateInterval;
        options.DiscardCheckOutput = _discardCheckOutput ?? options.DiscardCheckOutput;
        options.ServerPort = _serverPort is > 0 ? _serverPort.Value : options.ServerPort;
        options.SerfLanPort = _serfLanPort is > 0 ? _serfLanPort.Value : options.SerfLanPort;
        options.SerfWanPort = _serfWanPort is > 0 ? _serfWanPort.Value : options.SerfWanPort;
        options.SessionTtlMin = _sessionTtlMin is { } least && least != TimeSpan.Zero ? least : options.SessionTtlMin;
        options.DefaultQueryTime = _defaultQueryTime is { } standard && standard != TimeSpan.Zero ? Least(standard) : options.DefaultQueryTime;
        options.MaxQueryTime = _maxQueryTime is { } most && most != TimeSpan.Zero ? Least(most) : options.MaxQueryTime;
        options.AllowUnprintablePaths = _unprintable ?? false;
        options.Acl = _acl.ToOptions();
        _telemetry.ApplyTo(options);
        options.ConnectEnabled = _connect ?? false;
        options.SidecarPorts = _ranges.Sidecar;
        options.ClusterId = options.ConnectEnabled ? ReadClusterId() : null;

        // Of one server to wait for, Consul makes the same.
        options.IsBootstrap = _bootstrap == true || _bootstrapExpect == 1;
        _rules.Validate(options);
        options.Definitions = _definitions.Read(LocalScripts);
        return options;
    }

    /// <summary>The node's addresses for one family alone. As in Consul they are tagged ones, and its address is another matter.</summary>
    private void ApplyFamilies(ConfigObject file)
    {
        Set("advertise_addr_ipv4", AddressFamily.InterNetwork);
        Set("advertise_addr_ipv6", AddressFamily.InterNetworkV6);
        Set("advertise_addr_wan_ipv4", AddressFamily.InterNetwork);
        Set("advertise_addr_wan_ipv6", AddressFamily.InterNetworkV6);

        void Set(string field, AddressFamily family)
        {
            if (AddressTemplate.Read(file, field) is not { } text)
            {
                return;
            }

            var isAddress = GoAddress.TryParse(text, out var address) && address.AddressFamily == family;
            if (text.Length > 0 && !isAddress)
            {
                file.Faults.Value(field, $"\"{text}\" must be an {(family == AddressFamily.InterNetwork ? "ipv4" : "ipv6")} address");
            }

            _familyAddresses[field] = isAddress ? address!.ToString() : "";
        }
    }

    private Dictionary<string, string> FamilyTags()
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        Tag("lan_ipv4", "advertise_addr_ipv4");
        Tag("lan_ipv6", "advertise_addr_ipv6");
        Tag("wan_ipv4", "advertise_addr_wan_ipv4");

        // In Consul 1.8.7 the one for its own datacenter is the one for others, too, and there is no field for that.
        Tag("wan_ipv6", "advertise_addr_wan_ipv6", "advertise_addr_ipv6");
        return tags;

        void Tag(string tag, params ReadOnlySpan<string> fields)
        {
            foreach (var field in fields)
            {
                if (_familyAddresses.TryGetValue(field, out var address) && address.Length > 0)
                {
                    tags.TryAdd(tag, address);
                }
            }
        }
    }

    private void ApplyPorts(ConfigObject ports, ConfigObject addresses)
    {
        _httpPort = ports.Port("http") ?? _httpPort;
        _dnsPort = ports.Port("dns") ?? _dnsPort;
        _serverPort = ports.Port("server") ?? _serverPort;
        _serfLanPort = ports.Port("serf_lan") ?? _serfLanPort;
        _serfWanPort = ports.Port("serf_wan") ?? _serfWanPort;
        ConfigObject.PassOver(ports.Port, "grpc");
        _ranges.Apply(ports);
        _dns.Listen(AddressFields.Read(addresses, "dns"));
        AddressFields.PassOver(addresses, "grpc");
    }

    /// <summary>Nothing listens for other nodes, but where it would has to be a place.</summary>
    private void ApplyGossip(ConfigObject file)
    {
        AddressFields.PassOverOne(file, "serf_lan");
        AddressFields.PassOverNetworks(file, "serf_lan_allowed_cidrs");
        AddressFields.PassOverNetworks(file, "serf_wan_allowed_cidrs");
        if (_serfWanPort < 0)
        {
            // Consul does not look at it.
            ConfigObject.PassOver(file.Text, "serf_wan");
        }
        else
        {
            AddressFields.PassOverOne(file, "serf_wan");
        }
    }

    private void ApplyConnect(ConfigObject connect)
    {
        _connect = connect.Bool("enabled") ?? _connect;

        // Its other fields are those of a provider.
        _clusterId = connect.Map("ca_config")?["cluster_id"] is { Kind: not GoKind.Null } id ? id : _clusterId;
        ConfigObject.PassOver(connect.Text, "test_ca_leaf_root_change_spread");
    }

    /// <summary>As in Consul, looked at only where there is a use for it.</summary>
    private string? ReadClusterId()
    {
        if (_clusterId is not { } value)
        {
            return null;
        }

        return value.Kind != GoKind.String ? throw new ConsulAgentException("connect.ca_config: cluster_id was supplied but was not a string")
            : !Guid.TryParseExact(value.Text, "D", out _) ? throw new ConsulAgentException("connect.ca_config: cluster_id was supplied but was not a valid UUID")
            : value.Text;
    }

    /// <summary>What is about others: there are none.</summary>
    private void ApplyCluster(ConfigObject file)
    {
        _bootstrap = file.Bool("bootstrap") ?? _bootstrap;
        var servers = file.Int("bootstrap_expect");
        _bootstrapExpect = servers ?? _bootstrapExpect;
        if (servers > 1)
        {
            file.Faults.Value("bootstrap_expect", $"this agent is one node and can't wait for {servers} servers: leave it out (-bootstrap-expect), or run Consul for a cluster");
        }
        else if (servers < 0)
        {
            file.Faults.Value($"bootstrap_expect cannot be {servers}. Must be greater than or equal to zero");
        }

        foreach (var name in (ReadOnlySpan<string>)["start_join", "retry_join", "start_join_wan", "retry_join_wan"])
        {
            if (file.Texts(name)?.All(static other => other is "" or "127.0.0.1" or "localhost" or "::1") == false)
            {
                _warnings.Add($"{name} is ignored: this agent is a single node and joins nobody; for a cluster, run Consul agents");
            }
        }
    }

    private void ApplyChecks(ConfigObject file)
    {
        _checkOutputMaxSize = file.Int("check_output_max_size") ?? _checkOutputMaxSize;
        _checkUpdateInterval = file.Duration("check_update_interval") ?? _checkUpdateInterval;
        _discardCheckOutput = file.Bool("discard_check_output") ?? _discardCheckOutput;
    }

    /// <summary>Lines go where the caller lets them.</summary>
    private void ApplyLog(ConfigObject file)
    {
        var (json, syslog, path) = (file.Bool("log_json"), file.Bool("enable_syslog"), file.Text("log_file"));
        foreach (var (name, isAsked) in (ReadOnlySpan<(string, bool)>)[("log_json", json == true), ("enable_syslog", syslog == true), ("log_file", path is { Length: > 0 })])
        {
            if (isAsked)
            {
                _warnings.Add($"{name} is ignored: the log is text on standard output; let what starts the agent write it where it is to be, such as systemd or a shell");
            }
        }
    }

    // A wait of less than nothing is over at once.
    private static TimeSpan Least(TimeSpan wait) => wait < TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : wait;

    // In a file over others, an empty text takes back what these said.
    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static void RefuseWatches(ConfigObject file)
    {
        if (file.Objects("watches").Any())
        {
            file.Faults.Value("watches", "this agent runs no handlers of watches: run 'consul watch' or 'rollcall watch' beside it, and leave them out");
        }
    }
}
