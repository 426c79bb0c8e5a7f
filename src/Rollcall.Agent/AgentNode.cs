using Microsoft.Extensions.Logging;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Chains;
using Rollcall.Agent.Configuration;
using Rollcall.Agent.Durability;
using Rollcall.Agent.Http;
using Rollcall.Agent.Http.Endpoints;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Logs;
using Rollcall.Agent.Metrics;
using Rollcall.Agent.Overload;
using Rollcall.Agent.Sessions;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent;

/// <summary>
/// The agent without a listener: its state, what runs on timers, and the application that answers requests, wherever they come from.
/// </summary>
internal sealed partial class AgentNode : IAsyncDisposable
{
    private readonly SqliteJournal? _journal;
    private readonly LocalRegistry _registry;
    private readonly CatalogSync _sync;
    private readonly SessionTimers _sessions;
    private readonly BlockingQuery _blocking;
    private readonly LogTap _logs;
    private readonly ConsulAgentOptions _options;
    private readonly TlsConnections? _tls;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _reload = new(1);

    private AgentNode(ConsulAgentOptions options, string advertise, TlsConnections? tls, LogTap loggers, Action leave, SqliteJournal? own, StoreRoot? root)
    {
        var time = options.TimeProvider;
        _logs = loggers;
        var metrics = new AgentMetrics(time);
        Load = new AgentLoad(options.Limits, metrics, time, loggers.CreateLogger<AgentLoad>());
        Identity = new AgentIdentity(
            options.NodeName,
            options.NodeId ?? AgentIdentity.IdOf(options.Datacenter, options.NodeName),
            options.Datacenter,
            advertise,
            new AgentPorts(options.ServerPort, options.SerfLanPort, options.SerfWanPort),
            options.NodeMeta)
        {
            HasAcls = options.Acl.Enabled,
            IsBootstrap = options.IsBootstrap,
            WanAddress = AgentAddresses.Wan(options, advertise),
            TaggedAddresses = options.TaggedAddresses,
            FamilyAddresses = options.FamilyAddresses,
        };
        (_options, _tls, _journal, _logger) = (options, tls, own, loggers.CreateLogger<ConsulAgent>());
        var journal = (options.Journal ?? own) is { } given ? new WatchedJournal(given, metrics) : null;
        Store = new StateStore(time, journal, root, AgentListener.UsesLoops(options) ? SocketLoop.Current : null);
        _registry = new LocalRegistry(Store, time, loggers, options);
        _sync = new CatalogSync(Store, options.CheckUpdateInterval, time, loggers);
        _sessions = new SessionTimers(Store, time, loggers);
        _blocking = new BlockingQuery(Store, Load, time, Random.Shared) { DefaultWait = options.DefaultQueryTime, MaxWait = options.MaxQueryTime };
        var core = new AgentCore(Store, _registry, _sessions, _blocking, new SharedBodies(), Identity, options.EnableScriptChecks);
        Acl = new AclGate(Store, options.Acl, Identity.NodeName, Identity.Datacenter, time, loggers.CreateLogger<AclGate>());
        if (options.Acl.PersistTokens && options.DataDirectory is { } kept)
        {
            Acl.Tokens.KeepIn(new TokenFile(kept), loggers.CreateLogger<AgentTokens>());
        }

        Func<bool> isHealthy = () => journal is not { Fails: true };
        Metrics = new MetricsReader(core, metrics, Load, isHealthy, options.MetricNames);
        Routes = Endpoints(core, options, leave, ReloadAsync, isHealthy, Metrics, Load, loggers);
        var rules = new HttpRules(options.ResponseHeaders, options.BlockedEndpoints, options.AllowWritesFrom, options.AllowUnprintablePaths);
        Application = new AgentHttpApplication(
            Routes, options.Middleware, rules, Acl, Load, metrics, time, loggers.CreateLogger<AgentHttpApplication>(), options.DedicatedProcess);
    }

    public StateStore Store { get; }

    public AgentIdentity Identity { get; }

    /// <summary>Answers requests, once <see cref="StartAsync"/> has completed.</summary>
    public AgentHttpApplication Application { get; }

    public RouteTable Routes { get; }

    /// <summary>Counts what is held for clients.</summary>
    public AgentLoad Load { get; }

    /// <summary>Says who may do what.</summary>
    public AclGate Acl { get; }

    /// <summary>Tells what is measured.</summary>
    public MetricsReader Metrics { get; }

    public int BlockedQueries => _blocking.Blocked;

    /// <param name="options">The settings; where to listen is only told.</param>
    /// <param name="advertise">The node's address in the catalog.</param>
    /// <param name="tls">Of connections by HTTPS; null: there are none.</param>
    /// <param name="loggers">Where it logs to, and clients may listen.</param>
    /// <param name="leave">Called when a client makes the agent leave; must not block.</param>
    /// <exception cref="ConsulAgentException">The data directory can't be used.</exception>
    public static AgentNode Open(ConsulAgentOptions options, string advertise, TlsConnections? tls, LogTap loggers, Action leave)
    {
        StoreRoot? root = null;
        var journal = options.DataDirectory is { } directory ? SqliteJournal.Open(directory, loggers, out root) : null;
        try
        {
            return new AgentNode(options, advertise, tls, loggers, leave, journal, root);
        }
        catch
        {
            // It is locked.
            journal?.Dispose();
            throw;
        }
    }

    /// <summary>Enters the node into its own catalog, and goes on with checks and sessions that an earlier start left.</summary>
    /// <exception cref="ConsulAgentException">It can't be kept on disk.</exception>
    public async Task StartAsync()
    {
        try
        {
            var reaped = await Store.ApplyAsync(new AnnounceAgent(Identity.Node, Identity.OwnService, Identity.OwnCheck)).ConfigureAwait(false);
            if (reaped.Length > 0)
            {
                Log.Reaped(_logger, reaped.Length, LogText.FirstLine(string.Join(", ", reaped)));
            }

            await _registry.LoadAsync(_options.Definitions).ConfigureAwait(false);
            await AddConfigEntriesAsync().ConfigureAwait(false);
            if (Acl.BuiltIns() is { } builtIns)
            {
                await Store.ApplyAsync(builtIns).ConfigureAwait(false);
            }
        }
        catch (StoreJournalException exception)
        {
            throw new ConsulAgentException(exception.Message, exception);
        }

        _registry.Resume();
        _sessions.Resume();
        _sync.Start();
    }

    /// <summary>
    /// Brings what is registered, and the certificate, in line with the configuration and files as they are now. One after the other: of two at once, the one that read
    /// its files first must not be the last to put them in place.
    /// </summary>
    /// <exception cref="ConsulAgentException">The configuration is wrong; nothing was changed.</exception>
    public async ValueTask ReloadAsync()
    {
        await _reload.WaitAsync().ConfigureAwait(false);
        try
        {
            await ReloadAloneAsync().ConfigureAwait(false);
        }
        finally
        {
            _reload.Release();
        }
    }

    /// <summary>Answers the queries that wait with what there is, and those to come at once.</summary>
    public void EndWaits()
    {
        Store.Watches.Close();
        _logs.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _sync.DisposeAsync().ConfigureAwait(false);
        await _sessions.DisposeAsync().ConfigureAwait(false);
        await _registry.DisposeAsync().ConfigureAwait(false);
        _journal?.Dispose();
    }

    private async Task ReloadAloneAsync()
    {
        AgentConfiguration? read;
        try
        {
            read = await ApplyConfigurationAsync().ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            Log.ReloadFailed(_logger, fault.Message);
            throw;
        }

        if (read is not null)
        {
            // What the owner does with it, such as its level of logging, belongs to a reload that succeeded.
            _options.ConfigurationReloaded?.Invoke(read);
        }

        Log.Reloaded(_logger);
    }

    private async Task<AgentConfiguration?> ApplyConfigurationAsync()
    {
        var read = _options.ReloadConfiguration?.Invoke();
        var next = read?.ToOptions();

        // First what may fail: also what would keep the agent from its next start. A certificate may have been set beside the configuration.
        if (next is not null && IsJudgedAlone())
        {
            next.Validate();
            if (_tls is null)
            {
                ServerTls.CheckFiles(next.Tls);
            }
        }

        var tls = _tls is null ? null : ServerTls.Load(next is { Tls.CertificateFile: not null } ? next.Tls : _options.Tls);
        if (next is not null)
        {
            await _registry.LoadAsync(next.Definitions).ConfigureAwait(false);
        }

        if (tls is not null)
        {
            _tls!.Use(tls);
        }

        if (next is not null && _options.Source is { } source)
        {
            RestartSettings.Warn(_logger, source.ToOptions(), next);
        }

        return read;
    }

    /// <summary>Whether files have to make sense by themselves. They do not where code has set right, beside them, what those of the start lacked.</summary>
    private bool IsJudgedAlone()
    {
        try
        {
            _options.Source?.ToOptions().Validate();
            return true;
        }
        catch (ConsulAgentException)
        {
            return false;
        }
    }

    /// <summary>Those of the configuration that are not there yet.</summary>
    private async Task AddConfigEntriesAsync()
    {
        foreach (var entry in _options.Definitions.ConfigEntries)
        {
            var (_, fault) = await ConfigWriter.SetAsync(Store, entry, index: 0).ConfigureAwait(false);
            if (fault is not null)
            {
                throw new ConsulAgentException($"config_entries.bootstrap: {entry.Kind} \"{entry.Name}\" can't be stored: {fault}");
            }
        }
    }

    private static RouteTable Endpoints(AgentCore core, ConsulAgentOptions options, Action leave, Func<ValueTask> reload, Func<bool> isHealthy, MetricsReader metrics, AgentLoad load, LogTap logs)
    {
        var routes = new RouteTable();
        new AgentEndpoints(core, DebugConfig.Of(options, core.Identity), leave, reload).Map(routes);
        new ServiceEndpoints(core).Map(routes);
        new CheckEndpoints(core).Map(routes);
        new LocalHealthEndpoints(core).Map(routes);
        new CatalogEndpoints(core).Map(routes);
        new CatalogWriteEndpoints(core).Map(routes);
        var health = new HealthEndpoints(core);
        health.Map(routes);
        new KvEndpoints(core, options.Limits.MaxValueBytes).Map(routes);
        new SessionEndpoints(core, options.SessionTtlMin).Map(routes);
        new StatusEndpoints(core).Map(routes);
        new TxnEndpoints(core, Math.Max(options.Limits.MaxTransactionBytes, options.Limits.MaxValueBytes), options.Limits.MaxValueBytes).Map(routes);
        new UiEndpoints(core).Map(routes);
        new MeshEndpoints(core, health).Map(routes);
        new QueryEndpoints(core).Map(routes);
        new ConnectEndpoints(core).Map(routes);
        new ChainEndpoints(core, options.ConnectEnabled, options.ClusterId).Map(routes);
        new IntentionEndpoints(core, options.TimeProvider).Map(routes);
        new SnapshotEndpoints(core, options.TimeProvider).Map(routes);
        new ConfigEndpoints(core).Map(routes);
        new EventEndpoints(core).Map(routes);
        new CoordinateEndpoints(core).Map(routes);
        new OperatorEndpoints(core, options.TimeProvider.GetUtcNow(), isHealthy).Map(routes);
        new MetricsEndpoints(metrics, options.PrometheusRetention > TimeSpan.Zero).Map(routes);
        new HostEndpoints(core, options.TimeProvider).Map(routes);
        new AclEndpoints(core, options.TimeProvider, options.DataDirectory).Map(routes);
        new MonitorEndpoints(logs, load).Map(routes);
        return routes;
    }
}
