using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rollcall.Consul.Wire;
using Rollcall.Hosting.Health;
using Rollcall.Hosting.Registration;

namespace Rollcall.Hosting;

/// <summary>Collects the checks of a service. Not thread-safe; used while options are configured.</summary>
public sealed class ServiceChecksBuilder
{
    private readonly List<ServiceCheck> _checks = [];
    private bool _none;

    /// <summary>Whether probes of <c>https</c> endpoints accept any certificate: for development certificates.</summary>
    /// <value>Default false.</value>
    public bool SkipTlsVerification { get; set; }

    /// <summary>The checks to register.</summary>
    internal IReadOnlyList<ServiceCheck> Items =>
        _checks.Count > 0 || _none ? _checks : [new ServiceCheck(CheckKind.Ttl) { Ttl = TimeSpan.FromSeconds(15) }];

    /// <summary>The agent gets a page: 2xx is passing, 429 warning, all else critical.</summary>
    /// <param name="path">A path on the instance itself, or a whole URL.</param>
    /// <param name="every">Default 10 seconds.</param>
    /// <param name="timeout">Default 5 seconds.</param>
    public ServiceChecksBuilder Http(string path, TimeSpan? every = null, TimeSpan? timeout = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Add(Probe(CheckKind.Http, every, timeout) with { Target = path });
    }

    /// <summary>The agent asks the instance's standard gRPC health service.</summary>
    /// <param name="every">Default 10 seconds.</param>
    /// <param name="timeout">Default 5 seconds.</param>
    /// <param name="service">The gRPC service to ask about. Null: the server as a whole.</param>
    public ServiceChecksBuilder Grpc(TimeSpan? every = null, TimeSpan? timeout = null, string? service = null) =>
        Add(Probe(CheckKind.Grpc, every, timeout) with { Target = service });

    /// <summary>The agent opens a connection.</summary>
    /// <param name="every">Default 10 seconds.</param>
    /// <param name="timeout">Default 5 seconds.</param>
    public ServiceChecksBuilder Tcp(TimeSpan? every = null, TimeSpan? timeout = null) => Add(Probe(CheckKind.Tcp, every, timeout));

    /// <summary>The instance reports to the agent, three times per TTL; silence for a whole TTL is critical.</summary>
    /// <param name="ttl">From 1 second to 100 days.</param>
    public ServiceChecksBuilder Ttl(TimeSpan ttl) => Add(new ServiceCheck(CheckKind.Ttl) { Ttl = ttl });

    /// <summary>The same, asking first whether the instance is well.</summary>
    /// <param name="ttl">From 1 second to 100 days.</param>
    /// <param name="isHealthy">False, an exception, or no answer within a third of the TTL is critical. Not called concurrently.</param>
    public ServiceChecksBuilder Ttl(TimeSpan ttl, Func<CancellationToken, ValueTask<bool>> isHealthy)
    {
        ArgumentNullException.ThrowIfNull(isHealthy);
        return Add(new ServiceCheck(CheckKind.Ttl)
        {
            Ttl = ttl,
            Probe = async token => await isHealthy(token).ConfigureAwait(false)
                ? new CheckUpdate { Status = CheckStatus.Passing }
                : new CheckUpdate { Status = CheckStatus.Critical, Output = "The check function says that the service is not well." },
        });
    }

    /// <summary>The same with the application's health checks, for example <c>health.CheckHealthAsync</c> of <see cref="HealthCheckService"/>.</summary>
    /// <param name="ttl">From 1 second to 100 days.</param>
    /// <param name="report">
    /// Degraded is a warning, Unhealthy critical. What <c>AddServiceRegistrationCheck</c> adds to it is passed over. Not called concurrently.
    /// </param>
    public ServiceChecksBuilder Ttl(TimeSpan ttl, Func<CancellationToken, ValueTask<HealthReport>> report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return Add(new ServiceCheck(CheckKind.Ttl)
        {
            Ttl = ttl,
            Probe = async token => Update(await report(token).ConfigureAwait(false)),
        });
    }

    /// <summary>No check at all, not even the default one: the instance is passing as long as its agent lives, even when it is dead.</summary>
    public ServiceChecksBuilder None()
    {
        _checks.Clear();
        _none = true;
        return this;
    }

    private static ServiceCheck Probe(CheckKind kind, TimeSpan? every, TimeSpan? timeout) =>
        new(kind) { Every = every ?? TimeSpan.FromSeconds(10), Timeout = timeout ?? TimeSpan.FromSeconds(5) };

    private static CheckUpdate Update(HealthReport whole)
    {
        var others = whole.Entries.Where(static e => !e.Value.Tags.Contains(ServiceRegistrationCheck.Tag)).ToDictionary(StringComparer.Ordinal);

        // Where nothing is left out the status stays what the report says: whoever made it may judge otherwise than by the worst.
        var report = others.Count == whole.Entries.Count ? whole : new HealthReport(others, whole.TotalDuration);
        return new CheckUpdate
        {
            Status = report.Status switch
            {
                HealthStatus.Healthy => CheckStatus.Passing,
                HealthStatus.Degraded => CheckStatus.Warning,
                _ => CheckStatus.Critical,
            },

            // Only what is not well, and no durations: output that changes all the time helps nobody.
            Output = string.Join(
                '\n',
                report.Entries.Where(e => e.Value.Status != HealthStatus.Healthy).Select(e => $"{e.Key}: {e.Value.Status}. {e.Value.Description}")),
        };
    }

    private ServiceChecksBuilder Add(ServiceCheck check)
    {
        _checks.Add(check);
        return this;
    }
}
