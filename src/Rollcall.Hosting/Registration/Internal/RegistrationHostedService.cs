using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Logs;

namespace Rollcall.Hosting.Registration;

/// <summary>
/// Starts the registrations once the server is bound, and drains them before anything stops: deregister, wait until callers have
/// seen it, and only then let the host stop the server, which finishes what is in flight.
/// </summary>
internal sealed partial class RegistrationHostedService(
    IEnumerable<RegistrationName> names,
    IOptionsMonitor<ServiceRegistrationOptions> options,
    IOptions<HostOptions> hostOptions,
    IServiceProvider services,
    ServiceRegistrations registrations,
    RegistrationDrain drain,
    ILoggerFactory loggerFactory,
    IServer? server = null,
    EndpointResolver? endpointResolver = null,
    TimeProvider? timeProvider = null) : IHostedLifecycleService
{
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private int _isStopping;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All hosted services have started, the server among them: ports and addresses are known.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        // Only now: made any earlier, faulty options of it would hide the faults of all others.
        var consul = services.GetRequiredService<RegistrationEnd>().Consul;
        var bound = server is null ? null : server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var resolver = endpointResolver ?? new EndpointResolver(consul.HomeAddress, timeProvider: _time);
        var logger = new SteadyLoggerFactory(loggerFactory).CreateLogger("Rollcall.Hosting.Registration");
        var enabled = new List<(ServiceRegistrationOptions Options, ServiceEndpoint Chosen, RegistrationSource Source)>();
        var disabled = new List<RegistrationState>();
        foreach (var name in names)
        {
            var configured = options.Get(name.Name);
            if (!configured.Enabled)
            {
                Log.NotEnabled(logger, configured.Name);
                disabled.Add(new RegistrationState
                {
                    ServiceName = configured.Name,
                    Desired = RegistrationPresence.Absent,
                    Actual = RegistrationPresence.Absent,
                    Since = _time.GetUtcNow(),
                });
                continue;
            }

            var chosen = EndpointResolver.Choose(configured, bound);
            enabled.Add((configured, chosen, new RegistrationSource(configured, chosen, resolver)));
        }

        // At once: a name server that does not answer holds up the start once, however many services there are.
        await Task.WhenAll(enabled.Select(service => service.Source.RenewAsync(cancellationToken))).ConfigureAwait(false);

        var loops = new List<RegistrationLoop>();
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (configured, chosen, source) in enabled)
        {
            // Without an address yet, all will get the same.
            var id = source.Plan?.Id ?? configured.Id ?? $"{configured.Name}-{chosen.Host}-{chosen.Port}";
            if (!owners.TryAdd(id, configured.Name))
            {
                throw new InvalidOperationException(
                    $"Services '{owners[id]}' and '{configured.Name}' of this host have the same id, '{id}', so that each would replace the other. "
                    + "Set another Id, Name or Port in AddServiceRegistration, or leave one out.");
            }

            if (configured.Port is null && EndpointResolver.Others(chosen, bound) is { Count: > 0 } others)
            {
                Log.OneOfSeveral(logger, configured.Name, chosen.Host, chosen.Port, string.Join(", ", others));
            }

            if (hostOptions.Value.ShutdownTimeout is var timeout && timeout != Timeout.InfiniteTimeSpan && source.DrainDelay > TimeSpan.Zero && source.DrainDelay >= timeout)
            {
                Log.NoTimeAfterDrain(logger, configured.Name, source.DrainDelay, timeout);
            }

            loops.Add(new RegistrationLoop(source, consul, _time, Random.Shared, logger));
        }

        // All or none: a host that fails to start leaves nothing registered.
        registrations.Disabled = disabled;
        registrations.Loops = loops;
        loops.ForEach(loop => loop.Start());
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isStopping, 1) != 0)
        {
            // Whoever stops a host that is stopping waits for the same drain.
            await drain.Over.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        try
        {
            await Task.WhenAll(registrations.Loops.Select(loop => DrainAsync(loop, cancellationToken))).ConfigureAwait(false);
        }
        finally
        {
            drain.End();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync(RegistrationLoop loop, CancellationToken cancellationToken)
    {
        // If the agent doesn't take it, nobody can learn of it: waiting would only delay the end.
        if (await loop.DeregisterAsync(cancellationToken).ConfigureAwait(false) && loop.DrainDelay > TimeSpan.Zero)
        {
            await Task.Delay(loop.DrainDelay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
