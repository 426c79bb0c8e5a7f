using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rollcall.Grpc.Server.Health;

/// <summary>Wakes callers that watch when the periodic health report changes between healthy and not.</summary>
internal sealed class HealthStatusPublisher(GrpcHealthStatus status) : IHealthCheckPublisher
{
    private int _last = -1;

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _last, (int)report.Status) != (int)report.Status)
        {
            status.Signal();
        }

        return Task.CompletedTask;
    }
}
