using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Consul;

namespace Rollcall.Hosting.Registration;

/// <summary>
/// Starts the registrations once the server is bound, and drains them before anything stops: deregister, wait until callers have
/// seen it, and only then let the host stop the server, which finishes what is in flight.
/// </summary>
internal sealed partial class RegistrationHostedService(
    IEnumerable<RegistrationName> names,
    IOptionsMonitor<ServiceRegistrationOptions> options,
    IOptions<ConsulClientOptions> consulOptions,
    IServiceProvider services,
    ServiceRegistrations registrations,
    ILoggerFactory loggerFactory,
    IServer? server = null,
    TimeProvider? timeProvider = null) : IHostedLifecycleService
{
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All hosted services have started, the server among them: ports and addresses are known.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        // Only now: made any earlier, faulty options of it would hide the faults of all others.
        var consul = services.GetRequiredService<RegistrationEnd>().Consul;
        var bound = server is null ? null : server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var resolver = new EndpointResolver(consulOptions.Value);
        var logger = loggerFactory.CreateLogger("Rollcall.Hosting.Registration");
        var loops = new List<RegistrationLoop>();
        foreach (var name in names)
        {
            var configured = options.Get(name.Name);
            var endpoint = await resolver.ResolveAsync(configured, bound, cancellationToken).ConfigureAwait(false);
            if (IPAddress.TryParse(endpoint.Host, out var address) && IPAddress.IsLoopback(address) && !resolver.AgentIsLocal)
            {
                Log.OnlyLoopback(logger, configured.Name, endpoint.Host, consul.Address);
            }

            loops.Add(new RegistrationLoop(RegistrationPlanner.Create(configured, endpoint), consul, _time, Random.Shared, logger));
        }

        if (loops.GroupBy(static loop => loop.Plan.Id).FirstOrDefault(static same => same.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException(
                $"{twice.Count()} services of this host ({string.Join(", ", twice.Select(static loop => loop.Plan.Service.Name))}) have the id '{twice.Key}', so that each would replace the other. "
                + "Set another Id, Name or Port in AddServiceRegistration, or leave one out.");
        }

        // All or none: a host that fails to start leaves nothing registered.
        registrations.Loops = loops;
        loops.ForEach(loop => loop.Start());
    }

    public Task StoppingAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(registrations.Loops.Select(loop => DrainAsync(loop, cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync(RegistrationLoop loop, CancellationToken cancellationToken)
    {
        // If the agent doesn't take it, nobody can learn of it: waiting would only delay the end.
        if (await loop.DeregisterAsync(cancellationToken).ConfigureAwait(false) && loop.Plan.DrainDelay > TimeSpan.Zero)
        {
            await Task.Delay(loop.Plan.DrainDelay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
