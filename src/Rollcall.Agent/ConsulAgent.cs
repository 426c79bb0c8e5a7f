using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Agent.Durability;
using Rollcall.Agent.Http;
using Rollcall.Agent.Http.Endpoints;
using Rollcall.Agent.Sessions;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent;

/// <summary>
/// An agent with Consul's HTTP API inside this process: one node, state in memory or in a directory. Safe for use by many threads. Dispose stops it.
/// </summary>
public sealed partial class ConsulAgent : IAsyncDisposable
{
    // Requests in flight get this long to end when the agent stops; blocking queries are answered at once.
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(5);

    private readonly SqliteJournal? _journal;
    private readonly StateStore _store;
    private readonly LocalRegistry _registry;
    private readonly CatalogSync _sync;
    private readonly SessionTimers _sessions;
    private readonly BlockingQuery _blocking;
    private readonly KestrelServer _server;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stopping;

    private ConsulAgent(ConsulAgentOptions options, IPAddress client, string advertise, SqliteJournal? journal, StoreRoot? root)
    {
        var (time, loggers) = (options.TimeProvider, options.LoggerFactory);
        _logger = loggers.CreateLogger<ConsulAgent>();
        NodeName = options.NodeName;
        var id = AgentIdentity.IdOf(options.Datacenter, options.NodeName);
        Identity = new AgentIdentity(options.NodeName, id, options.Datacenter, advertise);
        _journal = journal;
        _store = new StateStore(time, journal, root);
        _registry = new LocalRegistry(_store, time, loggers);
        _sync = new CatalogSync(_store, time, loggers);
        _sessions = new SessionTimers(_store, time, loggers);
        _blocking = new BlockingQuery(_store, time, Random.Shared);

        // Kestrel without a host: no configuration files, no environment variables, nothing to start but a socket.
        var quiet = new QuietLoggerFactory(loggers);
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = 2 * KvEndpoints.MaxValueBytes;

        // Filters are long; Kestrel's default of 8 KiB would cut them off where Consul does not.
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        kestrel.Listen(client, options.HttpPort, listen => listen.Protocols = HttpProtocols.Http1);
        _server = new KestrelServer(
            Options.Create(kestrel),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), quiet),
            quiet);
    }

    /// <summary>Where the HTTP API is; with the real port, and an address that can be connected to.</summary>
    public Uri HttpAddress { get; private set; } = new("http://127.0.0.1");

    /// <summary>Name of the agent's node.</summary>
    public string NodeName { get; }

    /// <summary>Completes when the agent has stopped: because it was asked to, or because a client made it leave.</summary>
    public Task Stopped => _stopped.Task;

    internal StateStore Store => _store;

    internal int BlockedQueries => _blocking.Blocked;

    internal AgentIdentity Identity { get; }

    /// <summary>Starts an agent. When the task completes, its API answers.</summary>
    /// <exception cref="ConsulAgentException">An option makes no sense, or the address and port can't be listened on.</exception>
    public static async Task<ConsulAgent> StartAsync(ConsulAgentOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        AgentAddresses.Resolve(options, out var client, out var advertise);
        StoreRoot? root = null;
        var journal = options.DataDirectory is { } directory ? SqliteJournal.Open(directory, options.LoggerFactory, out root) : null;
        var agent = new ConsulAgent(options, client, advertise, journal, root);
        try
        {
            await agent.StartAsync(options, client, cancellationToken).ConfigureAwait(false);
            return agent;
        }
        catch
        {
            await agent.DisposeAsync().ConfigureAwait(false);
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
            _store.Watches.Close();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(s_stopTimeout);
            await _server.StopAsync(patience.Token).ConfigureAwait(false);
        }
        finally
        {
            _server.Dispose();
            await _sync.DisposeAsync().ConfigureAwait(false);
            await _sessions.DisposeAsync().ConfigureAwait(false);
            await _registry.DisposeAsync().ConfigureAwait(false);
            _journal?.Dispose();
            Log.Stopped(_logger, NodeName);
            _stopped.TrySetResult();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    private async Task StartAsync(ConsulAgentOptions options, IPAddress client, CancellationToken cancellationToken)
    {
        await _store.ApplyAsync(new AnnounceAgent(Identity.Node, Identity.OwnService, Identity.OwnCheck)).ConfigureAwait(false);
        _registry.Resume();
        _sessions.Resume();
        var core = new AgentCore(_store, _registry, _sessions, _blocking, new SharedBodies(), Identity);
        var application = new AgentHttpApplication(Endpoints(core), options.LoggerFactory.CreateLogger<AgentHttpApplication>());
        try
        {
            await _server.StartAsync(application, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            throw new ConsulAgentException(
                $"Port {options.HttpPort} on {options.ClientAddress} is taken, perhaps by another agent. "
                + "Choose another with HttpPort (-http-port 0 for any free one).",
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

        var bound = new Uri(_server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        HttpAddress = new UriBuilder("http", AgentAddresses.Reachable(client).ToString(), bound.Port).Uri;
        _sync.Start();
        Log.Started(_logger, NodeName, Identity.Datacenter, HttpAddress);
    }

    private RouteTable Endpoints(AgentCore core)
    {
        var routes = new RouteTable();
        new AgentEndpoints(core, Leave).Map(routes);
        new ServiceEndpoints(core).Map(routes);
        new CheckEndpoints(core).Map(routes);
        new LocalHealthEndpoints(core).Map(routes);
        new CatalogEndpoints(core).Map(routes);
        new CatalogWriteEndpoints(core).Map(routes);
        new HealthEndpoints(core).Map(routes);
        new KvEndpoints(core).Map(routes);
        new SessionEndpoints(core).Map(routes);
        new StatusEndpoints(core).Map(routes);
        new TxnEndpoints(core).Map(routes);
        return routes;
    }

    // Not awaited: the request that asked for it is one of those that stopping waits for.
    private void Leave() => _ = Task.Run(() => StopAsync(CancellationToken.None));
}
