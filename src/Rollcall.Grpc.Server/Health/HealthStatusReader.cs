using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rollcall.Grpc.Server.Health;

/// <summary>Decides the status of a service: shutdown first, then what was set by hand, then the health checks.</summary>
internal sealed class HealthStatusReader(
    GrpcHealthStatus status, MappedServices mapped, IOptions<GrpcHealthChecksOptions> options, IServiceProvider services)
{
    // Null when the application has no health checks.
    private readonly HealthCheckService? _checks = services.GetService<HealthCheckService>();

    /// <summary>The status, or null for a service that is not mapped, was not set and has no health checks of its own.</summary>
    public async Task<ServingStatus?> ReadAsync(string service, CancellationToken cancellationToken)
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

        var report = await _checks.CheckHealthAsync(predicate, cancellationToken).ConfigureAwait(false);
        return report.Status == HealthStatus.Unhealthy ? ServingStatus.NotServing : ServingStatus.Serving;
    }
}
