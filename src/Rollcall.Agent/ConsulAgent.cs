using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Dns;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Logs;
using Rollcall.Agent.Metrics;
using Rollcall.Agent.Overload;
using Rollcall.Agent.Store;

namespace Rollcall.Agent;

/// <summary>
/// An agent with Consul's HTTP API inside this process: one node, state in memory or in a directory. Safe for use by many threads. Dispose stops it.
/// </summary>
public sealed partial class ConsulAgent : IAsyncDisposable
{
    // Requests in flight get this long to end when the agent stops; blocking queries are answered at once.
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(5);

    private readonly AgentNode _node;
    private readonly TlsConnections? _tls;
    private readonly LogTap _logs;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KestrelServer? _server;
    private readonly List<DnsServer> _dns = [];
    private int _stopping;
    private bool _isOfHost;

    private ConsulAgent(ConsulAgentOptions options, string advertise)
    {
        _logs = new LogTap(options.Loggers, options.TimeProvider);
        _logger = _logs.CreateLogger<ConsulAgent>();
        NodeName = options.NodeName;
        _tls = options.HttpsPort < 0
            ? null
            : new TlsConnections(ServerTls.Load(options.Tls), options.Limits.TlsHandshakeTimeout, options.TimeProvider, _logs.CreateLogger<TlsConnections>());
        _node = AgentNode.Open(options, advertise, _tls, _logs, Leave);
    }

    /// <summary>
    /// Where the HTTP API is; with the real port, and an address that can be connected to, the first of several. With a unix socket, its path as <c>unix:///…</c>; with HTTPS alone, that.
    /// </summary>
    public Uri HttpAddress { get; private set; } = new("http://127.0.0.1");

    /// <summary>Where the API is by HTTPS, with the real port; null: nowhere.</summary>
    public Uri? HttpsAddress { get; private set; }

    /// <summary>Where the DNS server is, with the real port; null: there is none.</summary>
    public IPEndPoint? DnsEndPoint => _dns is [var first, ..] ? first.EndPoint : null;

    /// <summary>Name of the agent's node.</summary>
    public string NodeName { get; }

    /// <summary>The node's id: a UUID.</summary>
    public string NodeId => Identity.NodeId;

    /// <summary>Completes when the agent has stopped: because it was asked to, or because a client made it leave.</summary>
    public Task Stopped => _stopped.Task;

    internal StateStore Store => _node.Store;

    internal AgentLoad Load => _node.Load;

    internal int BlockedQueries => _node.BlockedQueries;

    internal IEnumerable<(string Method, string Path)> Routes => _node.Routes.All;

    internal AclGate Acl => _node.Acl;

    internal AgentIdentity Identity => _node.Identity;

    /// <summary>Starts an agent. When the task completes, its API answers.</summary>
    /// <exception cref="ConsulAgentException">An option makes no sense, or the address and port can't be listened on.</exception>
    public static Task<ConsulAgent> StartAsync(ConsulAgentOptions options, CancellationToken cancellationToken = default) =>
        StartAsync(options, null, isOfHost: false, cancellationToken);

    /// <summary>Starts the agent of a host, which stops it. A container that hands it out disposes it, too, and much earlier than its clients: that does nothing.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="socket">Bound where the API is to listen. Null: one is made.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    internal static Task<ConsulAgent> StartHostedAsync(ConsulAgentOptions options, Socket? socket, CancellationToken cancellationToken) =>
        StartAsync(options, socket, isOfHost: true, cancellationToken);

    private static async Task<ConsulAgent> StartAsync(ConsulAgentOptions options, Socket? socket, bool isOfHost, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        AgentAddresses.Resolve(options, out var client, out var advertise);
        if (options.HttpsPort < 0)
        {
            ServerTls.CheckFiles(options.Tls);
        }

        var agent = new ConsulAgent(options, advertise) { _isOfHost = isOfHost };
        try
        {
            await agent.StartAsync(options, client, socket, cancellationToken).ConfigureAwait(false);
            return agent;
        }
        catch
        {
            await agent.StopAsync(CancellationToken.None).ConfigureAwait(false);

            // It may have ended before anybody took it over.
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Stops: ends waiting queries with what they would have been answered, lets the other requests finish, then closes. Stopping twice is
    /// safe.
    /// </summary>
    /// <param name="cancellationToken">Stop waiting for requests.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0)
        {
            await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            _node.EndWaits();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(s_stopTimeout);
            if (_server is not null)
            {
                await _server.StopAsync(patience.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            _server?.Dispose();
            foreach (var dns in _dns)
            {
                await dns.DisposeAsync().ConfigureAwait(false);
            }

            await _node.DisposeAsync().ConfigureAwait(false);
            Log.Stopped(_logger, NodeName);
            _stopped.TrySetResult();
        }
    }

    /// <summary>
    /// Reads the configuration anew (<see cref="ConsulAgentOptions.ReloadConfiguration"/>): services and checks of its files come and go, those that stay keep
    /// their status. The files of TLS are read again, for new connections. Other settings of the agent itself stay as they are until it is started again; those that
    /// have changed are logged.
    /// </summary>
    /// <exception cref="ConsulAgentException">The configuration is wrong; nothing was changed.</exception>
    public Task ReloadAsync() => _node.ReloadAsync().AsTask();

    /// <summary>
    /// Writes what <c>agent/metrics</c> tells as lines of text, in the form in which Consul writes it at SIGUSR1: gauges (<c>[G]</c>), what was counted (<c>[C]</c>) and
    /// measured (<c>[S]</c>) in the last full ten seconds.
    /// </summary>
    /// <param name="writer">Gets all of it at once.</param>
    public void WriteMetrics(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(MetricsText.Of(_node.Metrics));
    }

    /// <summary>Stops. The agent of a host goes on: the host stops it at its own end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isOfHost)
        {
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task StartAsync(ConsulAgentOptions options, IReadOnlyList<IPAddress> client, Socket? socket, CancellationToken cancellationToken)
    {
        // Names may take seconds: nobody is let in before they are known.
        var recursors = options.DnsPort < 0
            ? []
            : await Recursors.FindAsync(new DnsSettings(options.Dns, Identity).Recursors, options.Dns.Lookup, cancellationToken).ConfigureAwait(false);
        if (options.DnsPort > 0)
        {
            // Any free port nobody can have named.
            recursors = Recursors.WithoutOwn(recursors, AgentAddresses.Dns(options, client), options.DnsPort, _logger);
        }

        _server = AgentListener.Create(options, client, _node.Load, _tls, socket, _logs);
        await _node.StartAsync().ConfigureAwait(false);
        try
        {
            await _server.StartAsync(_node.Application, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            throw new ConsulAgentException(
                IsHttps(options, exception)
                    ? $"Port {options.HttpsPort} on {options.HttpsAddress ?? options.ClientAddress} is taken, perhaps by another agent. Choose another with HttpsPort (-https-port 0 for any free one)."
                    : $"Port {options.HttpPort} on {options.ClientAddress} is taken, perhaps by another agent. Choose another with HttpPort (-http-port 0 for any free one).",
                exception);
        }
        catch (SocketException exception)
        {
            throw new ConsulAgentException(
                $"Port {options.HttpPort} on {options.ClientAddress} can't be listened on ({exception.Message}). " + exception.SocketErrorCode switch
                {
                    SocketError.AccessDenied => "Low ports are the system's: set HttpPort (-http-port) to one from 1024 on.",
                    _ => "Set ClientAddress (-client) to an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.",
                },
                exception);
        }

        foreach (var address in options.DnsPort < 0 ? [] : AgentAddresses.Dns(options, client))
        {
            // Of a free port, the one of the first is that of all.
            _dns.Add(DnsServer.Start(options, address, DnsEndPoint?.Port ?? options.DnsPort, _node, recursors, _logs));
        }

        SetAddresses(options, client, _server.Features.Get<IServerAddressesFeature>()!.Addresses.ToList());
        Log.Started(_logger, NodeName, Identity.Datacenter, HttpAddress);
    }

    private static bool IsHttps(ConsulAgentOptions options, IOException fault) =>
        options.HttpsPort > 0 && fault.Message.Contains(string.Create(CultureInfo.InvariantCulture, $":{options.HttpsPort}"), StringComparison.Ordinal);

    // The listeners in the order in which they were made; a free port is known only now.
    private void SetAddresses(ConsulAgentOptions options, IReadOnlyList<IPAddress> client, List<string> addresses)
    {
        var host = AgentAddresses.Reachable(client[0]).ToString();
        var secure = AgentAddresses.Https(options, client);
        HttpsAddress = options.HttpsPort < 0 ? null : new UriBuilder("https", AgentAddresses.Reachable(secure[0]).ToString(), new Uri(addresses[^secure.Count]).Port).Uri;
        if (options.UnixSocket is { } path)
        {
            HttpAddress = new Uri($"unix://{Path.GetFullPath(path)}");
        }
        else
        {
            HttpAddress = options.HttpPort < 0 ? HttpsAddress! : new UriBuilder("http", host, new Uri(addresses[0]).Port).Uri;
        }
    }

    // Not awaited: the request that asked for it is one of those that stopping waits for.
    private void Leave() => _ = Task.Run(() => StopAsync(CancellationToken.None));
}
