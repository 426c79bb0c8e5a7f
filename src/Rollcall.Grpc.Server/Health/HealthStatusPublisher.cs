using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rollcall.Grpc.Server.Health;

/// <summary>Wakes callers that watch when the periodic health report has another status for one of the health checks.</summary>
internal sealed class HealthStatusPublisher(GrpcHealthStatus status) : IHealthCheckPublisher
{
    // Reports are published one at a time.
    private Dictionary<string, HealthStatus>? _last;

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        var now = report.Entries.ToDictionary(static entry => entry.Key, static entry => entry.Value.Status, StringComparer.Ordinal);
        if (_last is null || !now.All(entry => _last.TryGetValue(entry.Key, out var last) && last == entry.Value))
        {
            _last = now;
            status.Signal();
        }

        return Task.CompletedTask;
    }
}
