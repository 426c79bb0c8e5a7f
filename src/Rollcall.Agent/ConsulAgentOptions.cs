using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Checks;
using Rollcall.Agent.Configuration;
using Rollcall.Agent.Dns;
using Rollcall.Agent.Http;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Metrics;
using Rollcall.Agent.Overload;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;
using Rollcall.Logs;

namespace Rollcall.Agent;

/// <summary>Settings of an embedded agent. Read once, at start.</summary>
public sealed class ConsulAgentOptions
{
    // With the sixteenth that is added a timer can wait for it.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(30);

    /// <summary>Name of the agent's node.</summary>
    /// <value>Default: the name of the machine. Letters, digits, dashes, dots and underscores.</value>
    public string NodeName { get; set; } = Environment.MachineName;

    /// <summary>The node's id.</summary>
    /// <value>Default null: made of datacenter and node name, so the same at each start. A UUID.</value>
    public string? NodeId { get; set; }

    /// <summary>What stands in the catalog with the node, for clients to select by.</summary>
    /// <value>Default: nothing. At most 64 pairs; keys of letters, digits, <c>-</c> and <c>_</c>, not beginning with <c>consul-</c>.</value>
    public IReadOnlyDictionary<string, string> NodeMeta { get; set; } = new Dictionary<string, string>();

    /// <summary>The datacenter that the agent is in.</summary>
    /// <value>Default <c>dc1</c>. Lower-case letters, digits, dashes and underscores.</value>
    public string Datacenter { get; set; } = "dc1";

    /// <summary>Port of the HTTP API.</summary>
    /// <value>Default 8500; 0 takes a free one. -1: none, where there is HTTPS.</value>
    public int HttpPort { get; set; } = 8500;

    /// <summary>Port of the DNS server, by UDP and TCP.</summary>
    /// <value>Default -1: none; 0 takes a free one. Consul's is 8600.</value>
    public int DnsPort { get; set; } = -1;

    /// <summary>How DNS is answered.</summary>
    public DnsServerOptions Dns { get; } = new();

    /// <summary>The address that the node stands under in the catalog, unless <see cref="AdvertiseAddress"/> says another.</summary>
    /// <value>Default <c>127.0.0.1</c>. With <c>0.0.0.0</c> the machine's first address is taken, with <c>::</c> its first public one of IPv6; without one, that is an error.</value>
    public string BindAddress { get; set; } = "127.0.0.1";

    /// <summary>The address that the HTTP API and the DNS server listen on; several with blanks between them. Where the port is any free one, each gets one of its own by HTTP.</summary>
    /// <value>Default <c>127.0.0.1</c>: only this machine. The API has no access control unless <see cref="Acl"/> is enabled, so think before opening it.</value>
    public string ClientAddress { get; set; } = "127.0.0.1";

    /// <summary>The address that the node stands under in the catalog.</summary>
    /// <value>Default null: <see cref="BindAddress"/>. Not <c>0.0.0.0</c> or <c>::</c>, which nobody could reach.</value>
    public string? AdvertiseAddress { get; set; }

    /// <summary>The address that the node stands under in the catalog for other datacenters: the tagged address <c>wan</c>.</summary>
    /// <value>Default null: the same. Not <c>0.0.0.0</c> or <c>::</c>.</value>
    public string? AdvertiseWanAddress { get; set; }

    /// <summary>Further tagged addresses of the node in the catalog. What <c>lan</c> and <c>wan</c> stand for is said by the other options.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyDictionary<string, string> TaggedAddresses { get; set; } = new Dictionary<string, string>();

    /// <summary>The directory in which the agent keeps its state: keys, sessions, the catalog, and what was registered on it.</summary>
    /// <value>Default null: everything is in memory, and gone at the end. It is made if it is not there; one agent for one directory.</value>
    public string? DataDirectory { get; set; }

    /// <summary>Stands before the API: sees each request first, and passes it on, answers it, or changes the answer.</summary>
    /// <value>Default null: nothing. What it throws is answered with 500.</value>
    public Func<RequestDelegate, RequestDelegate>? Middleware { get; set; }

    /// <summary>Where the API's connections come from, in place of sockets of its own.</summary>
    /// <value>Default null: it listens on <see cref="ClientAddress"/> and <see cref="HttpPort"/>.</value>
    public IConnectionListenerFactory? Transport { get; set; }

    /// <summary>
    /// Whether the process is the agent's alone. Then threads of the agent wait for its connections' data, and answer, too: none is woken for it, and a small request takes
    /// half the CPU time. Leave it where a <see cref="Middleware"/> may block: all connections of the thread would wait.
    /// </summary>
    /// <value>Default false. <c>rollcall agent</c> sets it. Without effect on systems other than Linux, and with a <see cref="Transport"/>.</value>
    public bool DedicatedProcess { get; set; }

    /// <summary>Whether <c>agent/metrics?format=prometheus</c> answers: what Consul calls <c>telemetry.prometheus_retention_time</c>.</summary>
    /// <value>Default zero: it answers 415, as Consul does. Any longer time: it answers; nothing that was measured is forgotten.</value>
    public TimeSpan PrometheusRetention { get; set; }

    /// <summary>
    /// Whether <c>discovery-chain/</c> answers: what Consul calls <c>connect.enabled</c>. There is no mesh and no certificate authority all the same: what is
    /// about these goes on to say that Connect is not enabled.
    /// </summary>
    /// <value>Default false, as in Consul; <c>rollcall agent -dev</c> sets it.</value>
    public bool ConnectEnabled { get; set; }

    /// <summary>Whether checks may run programs on this machine, whoever registers them.</summary>
    /// <value>Default false: who registers such a check is refused.</value>
    public bool EnableScriptChecks { get; set; }

    /// <summary>How many bytes of a check's output are kept, of TTL, HTTP and programs: what Consul calls <c>check_output_max_size</c>. A check can ask for fewer.</summary>
    /// <value>Default 4096, at least 1.</value>
    public int CheckOutputMaxSize { get; set; } = OutputTail.DefaultMaxBytes;

    /// <summary>How long the catalog may show an older output of a check whose status did not change: what Consul calls <c>check_update_interval</c>.</summary>
    /// <value>Default 5 minutes. Zero: each output is shown at once.</value>
    public TimeSpan CheckUpdateInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether what checks say is not kept at all, only how they are: what Consul calls <c>discard_check_output</c>.</summary>
    /// <value>Default false.</value>
    public bool DiscardCheckOutput { get; set; }

    /// <summary>The port in the address that <c>status/leader</c> and <c>status/peers</c> show. Nothing listens there.</summary>
    /// <value>Default 8300.</value>
    public int ServerPort { get; set; } = 8300;

    /// <summary>The port that <c>agent/members</c> shows. Nothing listens there.</summary>
    /// <value>Default 8301.</value>
    public int SerfLanPort { get; set; } = 8301;

    /// <summary>The port under which others would join from another datacenter, in the node's tags. Nothing listens there.</summary>
    /// <value>Default 8302.</value>
    public int SerfWanPort { get; set; } = 8302;

    /// <summary>The address on which the API listens by HTTPS; several with blanks between them.</summary>
    /// <value>Default null: <see cref="ClientAddress"/>.</value>
    public string? HttpsAddress { get; set; }

    /// <summary>Port of the API by HTTPS, on <see cref="HttpsAddress"/>.</summary>
    /// <value>Default -1: none; 0 takes a free one. Needs a certificate in <see cref="Tls"/>.</value>
    public int HttpsPort { get; set; } = -1;

    /// <summary>The certificate of HTTPS, and what is wanted of clients.</summary>
    /// <value>Default: none.</value>
    public AgentTlsOptions Tls { get; set; } = new();

    /// <summary>The path of a unix socket on which the HTTP API listens in place of <see cref="ClientAddress"/> and <see cref="HttpPort"/>. What is there goes.</summary>
    /// <value>Default null.</value>
    public string? UnixSocket { get; set; }

    /// <summary>The shortest TTL that a session may have, but for none.</summary>
    /// <value>Default 10 seconds, as in Consul.</value>
    public TimeSpan SessionTtlMin { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Who may connect to <see cref="UnixSocket"/>.</summary>
    /// <value>Default null: as the process's <c>umask</c> says.</value>
    public UnixFileMode? UnixSocketMode { get; set; }

    /// <summary>The user whom <see cref="UnixSocket"/> is to belong to: a name or a number. To give it to another takes root. Not on Windows.</summary>
    /// <value>Default null: the one whom the process belongs to.</value>
    public string? UnixSocketUser { get; set; }

    /// <summary>The group that <see cref="UnixSocket"/> is to belong to: a name or a number. Not on Windows.</summary>
    /// <value>Default null: as the system says.</value>
    public string? UnixSocketGroup { get; set; }

    /// <summary>How many connections one address may have to the API; more are closed.</summary>
    /// <value>Default null: any number. Consul's own default is 200.</value>
    public int? MaxConnectionsPerClient { get; set; }

    /// <summary>How much the agent takes on before it refuses.</summary>
    /// <value>Default: as much as fits into memory.</value>
    public AgentLimitOptions Limits { get; set; } = new();

    /// <summary>How long a blocking query waits that names no time.</summary>
    /// <value>Default 5 minutes, as in Consul; up to 30 days.</value>
    public TimeSpan DefaultQueryTime { get; set; } = BlockingIndex.DefaultWait;

    /// <summary>How long a blocking query waits at most, whatever time it names. Up to a sixteenth is added.</summary>
    /// <value>Default 10 minutes, as in Consul; up to 30 days.</value>
    public TimeSpan MaxQueryTime { get; set; } = BlockingIndex.MaxWait;

    /// <summary>Whether paths may hold characters that cannot be printed, such as a key with a line break in it.</summary>
    /// <value>Default false, as in Consul: they are refused with 400.</value>
    public bool AllowUnprintablePaths { get; set; }

    /// <summary>Headers that every answer gets.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyDictionary<string, string> ResponseHeaders { get; set; } = new Dictionary<string, string>();

    /// <summary>Paths such as <c>/v1/agent/leave</c> that are refused for everybody, with all that begin like them.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> BlockedEndpoints { get; set; } = [];

    /// <summary>
    /// Networks from where clients may write, such as <c>127.0.0.0/8</c>: requests other than GET, HEAD and OPTIONS from elsewhere, or by a unix socket, are refused with 403. It
    /// goes by the address of the connection, so behind a proxy by the proxy's.
    /// </summary>
    /// <value>Default: none, which is from everywhere.</value>
    public IReadOnlyList<IPNetwork> AllowWritesFrom { get; set; } = [];

    /// <summary>Access control.</summary>
    /// <value>Default: none.</value>
    public AclOptions Acl { get; set; } = new();

    /// <summary>Reads the configuration anew when a client asks for a reload (<c>agent/reload</c>) or <see cref="ConsulAgent.ReloadAsync"/> is called.</summary>
    /// <value>Default null: a reload reads the files of <see cref="Tls"/> again, and nothing else.</value>
    public Func<AgentConfiguration>? ReloadConfiguration { get; set; }

    /// <summary>Called at the end of each reload that succeeded, with what <see cref="ReloadConfiguration"/> read; for what the caller does itself, such as the level of its log.</summary>
    /// <value>Default null. Must not throw, and must not wait for another reload.</value>
    public Action<AgentConfiguration>? ConfigurationReloaded { get; set; }

    /// <summary>What they were made of. Null: of nothing.</summary>
    internal AgentConfiguration? Source { get; set; }

    /// <summary>Tagged addresses that are known to be of the family that their tag names, such as <c>lan_ipv6</c>: over all others.</summary>
    internal IReadOnlyDictionary<string, string> FamilyAddresses { get; set; } = new Dictionary<string, string>();

    /// <summary>What names of services in the mesh end in, before <c>.consul</c>: a UUID. Null: made of datacenter and node name.</summary>
    internal string? ClusterId { get; set; }

    /// <summary>Whether the node says that it may begin a cluster by itself, which it does either way.</summary>
    internal bool IsBootstrap { get; set; }

    /// <summary>Keeps changes in place of a file in <see cref="DataDirectory"/>, and holds nothing at the start. Null: there is none.</summary>
    internal IStoreJournal? Journal { get; set; }

    /// <summary>How many threads wait for connections where <see cref="DedicatedProcess"/> says so. Null: one for two processors.</summary>
    internal int? SocketThreads { get; set; }

    /// <summary>What measurements are called, and which are told.</summary>
    internal MetricNames MetricNames { get; set; } = MetricNames.Default;

    /// <summary>Where proxies that are registered with a service, without a port, get one.</summary>
    internal SidecarPorts SidecarPorts { get; set; } = new(21000, 21255);

    /// <summary>Services and checks to begin with.</summary>
    internal AgentDefinitions Definitions { get; set; } = AgentDefinitions.None;

    /// <summary>The clock of checks, waits and syncs.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where the agent logs to. What a logger throws is swallowed: the line is lost, and the agent goes on.</summary>
    /// <value>Default: nowhere.</value>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>The same, as everything in the agent takes it: nothing that it throws while something is logged comes through.</summary>
    internal ILoggerFactory Loggers => new SteadyLoggerFactory(LoggerFactory);

    /// <summary>Looks for what makes no sense, as <see cref="ConsulAgent.StartAsync(ConsulAgentOptions, CancellationToken)"/> does at first. No file is read, and nothing is listened on.</summary>
    /// <exception cref="ConsulAgentException">An option makes no sense: which, and the way out.</exception>
    public void Validate()
    {
        AgentAddresses.Resolve(this, out var client, out var advertise);
        if (HttpsPort >= 0)
        {
            _ = AgentAddresses.Https(this, client);
            ServerTls.Check(Tls);
        }

        if (DnsPort >= 0)
        {
            _ = AgentAddresses.Dns(this, client);
            _ = new DnsSettings(Dns, Datacenter);
        }

        AddressConflicts.Check(this, client, advertise);
        if (DefaultQueryTime <= TimeSpan.Zero || MaxQueryTime <= TimeSpan.Zero || DefaultQueryTime > s_longestWait || MaxQueryTime > s_longestWait)
        {
            throw new ConsulAgentException("A time of blocking queries is not more than zero, or more than 30 days: check DefaultQueryTime (-default-query-time) and MaxQueryTime (-max-query-time).");
        }

        if (File.Exists(DataDirectory))
        {
            throw new ConsulAgentException($"data_dir \"{DataDirectory}\" is not a directory. Set DataDirectory (-data-dir) to one; it is made if it is not there.");
        }

        if (CheckOutputMaxSize < 1)
        {
            throw new ConsulAgentException($"CheckOutputMaxSize (check_output_max_size) is {CheckOutputMaxSize}: it must be positive");
        }

        AgentLoad.Check(Limits);
        AgentListener.CheckPatience(Limits, HttpsPort >= 0);
        foreach (var (name, value) in ResponseHeaders)
        {
            if (HttpRules.HeaderFault(name, value) is { } fault)
            {
                throw new ConsulAgentException($"ResponseHeaders (http_config.response_headers): {fault}");
            }
        }
    }
}
