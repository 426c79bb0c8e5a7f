using Microsoft.Extensions.Logging;
using Rollcall.Agent.Checks;
using Rollcall.Agent.Configuration;
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

    // Orders "read what is registered" and "start or stop it": of two registrations of one check, the one that is stored last must also
    // run.
    private readonly Lock _reconcile = new();
    private bool _disposed;

    public LocalRegistry(StateStore store, TimeProvider time, ILoggerFactory loggers)
    {
        _store = store;
        _logger = loggers.CreateLogger<LocalRegistry>();
        _scheduler = new CheckScheduler(this, store, time, loggers, new CheckSchedulerOptions());
    }

    public async ValueTask RegisterServiceAsync(RegisterService command)
    {
        var touched = await _store.ApplyAsync(command).ConfigureAwait(false);
        Reconcile(touched);
        Log.ServiceRegistered(_logger, command.Service.Id);
    }

    /// <summary>Removes a service with its checks; an unknown id is no error.</summary>
    public async ValueTask DeregisterServiceAsync(string serviceId)
    {
        var touched = await _store.ApplyAsync(new DeregisterService(serviceId)).ConfigureAwait(false);
        Reconcile(touched);
        Log.ServiceDeregistered(_logger, serviceId);
    }

    /// <summary>False if the check names a service that is not registered here.</summary>
    public async ValueTask<bool> RegisterCheckAsync(LocalCheck check)
    {
        if (!await _store.ApplyAsync(new RegisterCheck(check)).ConfigureAwait(false))
        {
            return false;
        }

        Reconcile([check.Check.CheckId]);
        return true;
    }

    public async ValueTask DeregisterCheckAsync(string checkId)
    {
        await _store.ApplyAsync(new DeregisterCheck(checkId)).ConfigureAwait(false);
        Reconcile([checkId]);
    }

    /// <summary>Puts what stands in configuration files in the place of what stood there before.</summary>
    public async ValueTask LoadAsync(AgentDefinitions definitions)
    {
        var touched = await _store.ApplyAsync(new LoadDefinitions(definitions.Services, definitions.Checks)).ConfigureAwait(false);
        Reconcile(touched);
    }

    /// <summary>Runs the checks that were registered before this start.</summary>
    public void Resume() => Reconcile(_store.Root.Local.Checks.Keys);

    /// <summary>What a service says of itself. False if it has no TTL check of this id.</summary>
    public bool Heartbeat(string checkId, string status, string output) => _scheduler.Heartbeat(checkId, status, output);

    /// <inheritdoc />
    public void Report(string checkId, string status, string output) => _ = UpdateAsync(new UpdateCheck(checkId, status, output));

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
                if (_store.Root.Local.Checks.TryGetValue(id, out var check) && check.Definition is { } definition)
                {
                    _scheduler.Start(CheckSpecs.From(check.Check, definition));
                }
                else
                {
                    _scheduler.Stop(id);
                }
            }
        }
    }

    // Nobody awaits these two, and they run on timers and in loops that no fault may end: it is seen here or never.
#pragma warning disable CA1031
    private async Task UpdateAsync(UpdateCheck command)
    {
        try
        {
            await _store.ApplyAsync(command).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.ReportFailed(_logger, exception, command.CheckId);
        }
    }

    private async Task RemoveAsync(string serviceId)
    {
        try
        {
            await DeregisterServiceAsync(serviceId).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.RemovalFailed(_logger, exception, serviceId);
        }
    }
#pragma warning restore CA1031
}
