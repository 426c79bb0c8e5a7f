using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rollcall.Grpc.Server.Health;

/// <summary>Decides the status of a service: shutdown first, then what was set by hand, then the health checks.</summary>
internal sealed class HealthStatusReader(
    GrpcHealthStatus status,
    HealthStatusPublisher publisher,
    MappedServices mapped,
    IOptions<GrpcHealthChecksOptions> options,
    IOptions<HealthCheckServiceOptions> checkOptions,
    IServiceProvider services)
{
    // Null when the application has no health checks.
    private readonly HealthCheckService? _checks = services.GetService<HealthCheckService>();

    /// <summary>The status, or null for a service that is not mapped, was not set and has no health checks of its own. Runs the health checks.</summary>
    public Task<ServingStatus?> ReadAsync(string service, CancellationToken cancellationToken) =>
        ReadAsync(service, ImmutableDictionary<string, HealthStatus>.Empty, cancellationToken);

    /// <summary>The same by the periodic reports. Runs only health checks that none of them had yet, so that callers may watch in any number.</summary>
    public Task<ServingStatus?> ReadPublishedAsync(string service, CancellationToken cancellationToken) =>
        ReadAsync(service, publisher.Published, cancellationToken);

    /// <summary>The server, and every service that is mapped, was set or has health checks of its own.</summary>
    public IReadOnlyCollection<string> ListServices() => ((IEnumerable<string>)[
        "", .. mapped.All.Select(static service => service.Key), .. status.Names, .. options.Value.Services.Names]).ToHashSet(StringComparer.Ordinal);

    /// <summary>The status of each of the services, without those that are not known any more. Runs each health check once.</summary>
    public async Task<IReadOnlyDictionary<string, ServingStatus>> ReadAllAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var known = ImmutableDictionary<string, HealthStatus>.Empty;
        if (_checks is not null && !status.IsShutDown && !status.TryGet("", out _))
        {
            var report = await _checks.CheckHealthAsync(cancellationToken).ConfigureAwait(false);
            known = report.Entries.ToImmutableDictionary(static entry => entry.Key, static entry => entry.Value.Status, StringComparer.OrdinalIgnoreCase);
        }

        var all = new Dictionary<string, ServingStatus>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (await ReadAsync(name, known, cancellationToken).ConfigureAwait(false) is { } current)
            {
                all.Add(name, current);
            }
        }

        return all;
    }

    private async Task<ServingStatus?> ReadAsync(
        string service, ImmutableDictionary<string, HealthStatus> known, CancellationToken cancellationToken)
    {
        var isSet = status.TryGet(service, out var set);
        var predicate = options.Value.Services.Find(service);
        if (!isSet && predicate is null && service.Length > 0 && !mapped.Contains(service))
        {
            return null;
        }

        if (status.IsShutDown)
        {
            return ServingStatus.NotServing;
        }

        if (isSet)
        {
            return set;
        }

        // A service of its own status has it; the others share the server's.
        if (status.TryGet("", out var whole))
        {
            return whole;
        }

        if (_checks is null)
        {
            return ServingStatus.Serving;
        }

        return await IsHealthyAsync(_checks, predicate, known, cancellationToken).ConfigureAwait(false) ? ServingStatus.Serving : ServingStatus.NotServing;
    }

    private async Task<bool> IsHealthyAsync(
        HealthCheckService checks,
        Func<HealthCheckRegistration, bool>? predicate,
        ImmutableDictionary<string, HealthStatus> known,
        CancellationToken cancellationToken)
    {
        if (!known.IsEmpty)
        {
            var counting = checkOptions.Value.Registrations.Where(check => predicate?.Invoke(check) ?? true).ToList();
            if (counting.Exists(check => known.TryGetValue(check.Name, out var last) && last == HealthStatus.Unhealthy))
            {
                return false;
            }

            counting.RemoveAll(check => known.ContainsKey(check.Name));
            if (counting.Count == 0)
            {
                return true;
            }

            predicate = counting.Contains;
        }

        var report = await checks.CheckHealthAsync(predicate, cancellationToken).ConfigureAwait(false);
        return report.Status != HealthStatus.Unhealthy;
    }
}
