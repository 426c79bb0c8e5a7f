using System.Globalization;

namespace Rollcall.TestKit;

/// <summary>
/// A real <c>consul agent</c> on loopback, with ports of its own. Found by the environment variable <c>ROLLCALL_CONSUL</c>, in the
/// repository's <c>.tools/</c>, or in PATH. Disposing it kills it.
/// </summary>
public sealed class RealConsul : IAsyncDisposable
{
    private static readonly Lazy<string?> s_binary = new(() => Tool.Find("consul", "ROLLCALL_CONSUL"));

    private readonly RealConsulOptions _options;
    private readonly int[] _ports = [FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly DirectoryInfo? _data;
    private ChildProcess? _process;

    private RealConsul(RealConsulOptions options)
    {
        _options = options;
        HttpPort = options.HttpPort == 0 ? FreePort.Next() : options.HttpPort;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{HttpPort}"));
        _data = options.Persistent ? Directory.CreateTempSubdirectory("rollcall-consul-") : null;
    }

    /// <summary>Why there is none; null when there is one.</summary>
    public static string? MissingReason => s_binary.Value is null ? Tool.Missing("a real Consul", "consul") : null;

    /// <summary>Full path of the program.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string BinaryPath => s_binary.Value ?? throw new InvalidOperationException(MissingReason);

    /// <summary>Where its HTTP API listens.</summary>
    public Uri Address { get; }

    /// <summary>Port of its HTTP API.</summary>
    public int HttpPort { get; }

    /// <summary>Port of its DNS server.</summary>
    public int DnsPort => _ports[0];

    /// <summary>The address at which other servers reach it, as it stands in the list of leaders and peers.</summary>
    public string ServerAddress => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_ports[1]}");

    /// <summary>Where agents of its datacenter join it.</summary>
    public string LanAddress => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_ports[2]}");

    /// <summary>Where servers of other datacenters join it.</summary>
    public string WanAddress => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_ports[3]}");

    /// <summary>Name of its node.</summary>
    public string NodeName => _options.NodeName;

    /// <summary>Starts an agent and waits until it has a leader and its own node is healthy.</summary>
    /// <exception cref="InvalidOperationException">There is no Consul, or it ended at once; the message has what it printed.</exception>
    /// <exception cref="TimeoutException">It has no leader after 60 seconds.</exception>
    public static async Task<RealConsul> StartAsync(RealConsulOptions? options = null)
    {
        var consul = new RealConsul(options ?? new RealConsulOptions());
        try
        {
            await consul.RestartAsync();
            return consul;
        }
        catch
        {
            await consul.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the agent (SIGKILL).</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    /// <summary>Kills the agent if it runs and starts it again on the same ports; a <c>-dev</c> agent comes back empty.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        _process = ChildProcess.Start(BinaryPath, Arguments());
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        if (_options.Token is { } token)
        {
            http.DefaultRequestHeaders.Add("X-Consul-Token", token);
        }

        await Eventually.TrueAsync(
            () => IsReadyAsync(http, _process), TimeSpan.FromSeconds(60), () => "consul says:\n" + _process.Output + _process.Error);
    }

    /// <summary>Runs the program as a client of <paramref name="address"/>, which may be any agent's.</summary>
    /// <param name="address">The agent's HTTP address.</param>
    /// <param name="arguments">Such as <c>["kv", "get", "key"]</c>.</param>
    public static Task<ProcessOutput> RunCommandAsync(Uri address, params IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(address);
        return ChildProcess.RunAsync(BinaryPath, arguments, ClientEnvironment(address));
    }

    /// <summary>The environment in which the program talks to <paramref name="address"/> and to nothing else.</summary>
    public static IReadOnlyDictionary<string, string?> ClientEnvironment(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new Dictionary<string, string?>
        {
            ["CONSUL_HTTP_ADDR"] = address.Authority,
            ["CONSUL_HTTP_TOKEN"] = null,
            ["CONSUL_HTTP_SSL"] = null,
            ["CONSUL_NAMESPACE"] = null,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _data?.Delete(recursive: true);
    }

    private async Task<bool> IsReadyAsync(HttpClient http, ChildProcess process)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException($"consul agent ended at once:\n{process.Output}{process.Error}");
        }

        try
        {
            // The server's own service is passing only after the election and the first synchronisation.
            return await http.GetStringAsync(_options.NeedsLeader ? "v1/health/service/consul?passing" : "v1/agent/self") is { Length: > 10 };
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            // A server that has no leader yet keeps those who ask waiting for longer than this does.
            return false;
        }
    }

    private List<string> Arguments()
    {
        List<string> arguments =
        [
            "agent", $"-node={NodeName}", "-bind=127.0.0.1", "-client=127.0.0.1", "-disable-host-node-id", "-log-level=warn",
            // The default closes the 201st connection from one address.
            "-hcl", "limits { http_max_conns_per_client = 19000 }",
            Flag("http-port", HttpPort), Flag("dns-port", DnsPort), Flag("server-port", _ports[1]), Flag("serf-lan-port", _ports[2]),
            Flag("serf-wan-port", _ports[3]), Flag("grpc-port", _ports[4]),
        ];
        arguments.AddRange(_data is null ? ["-dev"] : ["-server", "-bootstrap-expect=1", $"-data-dir={_data.FullName}"]);
        arguments.AddRange(_options.ExtraArguments);
        return arguments;
    }

    private static string Flag(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"-{name}={value}");
}
