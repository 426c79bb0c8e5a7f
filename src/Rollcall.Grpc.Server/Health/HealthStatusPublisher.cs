using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rollcall.Grpc.Server.Health;

/// <summary>Keeps what the periodic health reports said last of each health check, and wakes callers that watch when that changes. Thread-safe.</summary>
internal sealed class HealthStatusPublisher(GrpcHealthStatus status) : IHealthCheckPublisher
{
    private readonly Lock _lock = new();

    private ImmutableDictionary<string, HealthStatus> _published = // written under _lock
        ImmutableDictionary.Create<string, HealthStatus>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The status of each health check by its name; those that no report had yet are missing.</summary>
    public ImmutableDictionary<string, HealthStatus> Published => Volatile.Read(ref _published);

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Health checks with a period of their own come in reports of their own, which may overlap.
            var next = _published.SetItems(report.Entries.Select(static entry => KeyValuePair.Create(entry.Key, entry.Value.Status)));
            if (ReferenceEquals(next, _published))
            {
                return Task.CompletedTask;
            }

            Volatile.Write(ref _published, next);
        }

        status.Signal();
        return Task.CompletedTask;
    }
}
