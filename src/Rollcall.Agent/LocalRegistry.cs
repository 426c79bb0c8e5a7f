using Microsoft.Extensions.Logging;
using Rollcall.Agent.Checks;
using Rollcall.Agent.Configuration;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent;

/// <summary>What is registered on this agent, and the running of its checks. Safe for use by many threads.</summary>
internal sealed partial class LocalRegistry : ICheckSink, IAsyncDisposable
{
    private readonly StateStore _store;
    private readonly ILogger _logger;
    private readonly CheckScheduler _scheduler;
    private readonly bool _runsScripts;
    private readonly int _outputMaxSize;
    private readonly bool _showsOutputs;
    private readonly bool _discardsOutputs;
    private readonly SidecarPorts _sidecarPorts;

    // Orders "read what is registered" and "start or stop it": of two registrations of one check, the one that is stored last must also
    // run.
    private readonly Lock _reconcile = new();
    private bool _disposed;

    /// <param name="store">Where registrations are.</param>
    /// <param name="time">The clock of the checks.</param>
    /// <param name="loggers">Where it logs to.</param>
    /// <param name="options">What checks may do.</param>
    public LocalRegistry(StateStore store, TimeProvider time, ILoggerFactory loggers, ConsulAgentOptions options)
    {
        _runsScripts = options.EnableScriptChecks;
        _outputMaxSize = options.CheckOutputMaxSize;
        _showsOutputs = options.CheckUpdateInterval <= TimeSpan.Zero;
        _discardsOutputs = options.DiscardCheckOutput;
        _sidecarPorts = options.SidecarPorts;
        _store = store;
        _logger = loggers.CreateLogger<LocalRegistry>();
        _scheduler = new CheckScheduler(this, store, time, loggers, new CheckSchedulerOptions
        {
            MaxProbes = options.Limits.MaxProbes,
            MaxScripts = options.Limits.MaxScripts,
            Tls = ServerTls.ForChecks(options.Tls, options.NodeName),
        });
    }

    /// <summary>Probes of checks that wait at this moment until others have ended.</summary>
    public int WaitingProbes => _scheduler.Waiting;

    /// <returns>Why nothing was registered, as there is no port for its proxy; null: it was.</returns>
    public async ValueTask<string?> RegisterServiceAsync(RegisterService command)
    {
        var sidecar = command.Sidecar;
        var touched = await _store.ApplyAsync(sidecar is null ? command : command with { SidecarPorts = _sidecarPorts }).ConfigureAwait(false);
        if (touched.IsDefault)
        {
            return _sidecarPorts.Fault;
        }

        Reconcile(touched);
        Log.ServiceRegistered(_logger, command.Service.Id);
        if (sidecar is not null)
        {
            Log.ServiceRegistered(_logger, sidecar.Service.Id);
        }

        return null;
    }

    /// <summary>Removes a service with its checks; an unknown id is no error.</summary>
    public async ValueTask DeregisterServiceAsync(string serviceId)
    {
        var isKnown = _store.Root.Local.Services.ContainsKey(serviceId);
        var touched = await _store.ApplyAsync(new DeregisterService(serviceId)).ConfigureAwait(false);
        Reconcile(touched);
        if (isKnown)
        {
            Log.ServiceDeregistered(_logger, serviceId);
        }
    }

    /// <summary>False if the check names a service that is not registered here.</summary>
    public async ValueTask<bool> RegisterCheckAsync(LocalCheck check)
    {
        if (!await _store.ApplyAsync(new RegisterCheck(check)).ConfigureAwait(false))
        {
            return false;
        }

        Reconcile([check.Check.CheckId]);
        LogRegistered(check.Check);
        return true;
    }

    public async ValueTask DeregisterCheckAsync(string checkId)
    {
        var known = _store.Root.Local.Checks.GetValueOrDefault(checkId);
        await _store.ApplyAsync(new DeregisterCheck(checkId)).ConfigureAwait(false);
        Reconcile([checkId]);
        if (known is not null)
        {
            LogDeregistered(known.Check);
        }
    }

    /// <summary>Puts what stands in configuration files in the place of what stood there before.</summary>
    /// <exception cref="ConsulAgentException">There are too few ports for the proxies.</exception>
    public async ValueTask LoadAsync(AgentDefinitions definitions)
    {
        var touched = await _store.ApplyAsync(new LoadDefinitions(definitions.Services, definitions.Checks) { SidecarPorts = _sidecarPorts }).ConfigureAwait(false);
        if (touched.IsDefault)
        {
            throw new ConsulAgentException($"services: {_sidecarPorts.Fault}: set its port, or ports.sidecar_min_port and ports.sidecar_max_port.");
        }

        Reconcile(touched);
    }

    /// <summary>Runs the checks that were registered before this start.</summary>
    public void Resume() => Reconcile(_store.Root.Local.Checks.Keys);

    /// <summary>What a service says of itself.</summary>
    /// <returns>Null: it has no TTL check of this id. Else ends when it is kept; false if it could not be.</returns>
    public Task<bool>? HeartbeatAsync(string checkId, string status, string output) => _scheduler.HeartbeatAsync(checkId, status, output);

    /// <inheritdoc />
    public async Task<bool> ReportAsync(string checkId, string status, string output)
    {
        try
        {
            await _store.ApplyAsync(new UpdateCheck(checkId, status, _discardsOutputs ? "" : output, _showsOutputs)).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // It runs on timers and in loops that no fault may end: it is seen here or never.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.ReportFailed(_logger, exception, checkId);
            return false;
        }
    }

    /// <inheritdoc />
    public void DeregisterService(string serviceId) => _ = RemoveAsync(serviceId);

    public ValueTask DisposeAsync()
    {
        lock (_reconcile)
        {
            _disposed = true;
        }

        return _scheduler.DisposeAsync();
    }

    private void Reconcile(IEnumerable<string> checkIds)
    {
        lock (_reconcile)
        {
            if (_disposed)
            {
                return;
            }

            foreach (var id in checkIds)
            {
                if (_store.Root.Local.Checks.TryGetValue(id, out var check) && check.Definition is { } definition && MayRun(check, definition))
                {
                    _scheduler.Start(CheckSpecs.From(check, definition, _outputMaxSize));
                }
                else
                {
                    _scheduler.Stop(id);
                }
            }
        }
    }

    /// <summary>Whether it may; one that came through the API while scripts were allowed outlives that in the data directory.</summary>
    private bool MayRun(LocalCheck check, CheckDefinition definition)
    {
        if (definition.ScriptArgs is null || check.FromFile || _runsScripts)
        {
            return true;
        }

        Log.ScriptNotRun(_logger, check.Check.CheckId);
        _ = ReportAsync(check.Check.CheckId, CheckStatus.Critical, CheckRules.ScriptsDisabled);
        return false;
    }

    private async Task RemoveAsync(string serviceId)
    {
        try
        {
            await DeregisterServiceAsync(serviceId).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.RemovalFailed(_logger, exception, serviceId);
        }
    }
}
