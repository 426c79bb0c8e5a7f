using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rollcall.Grpc.Server.Health;

/// <summary>Services with health checks of their own.</summary>
public sealed class GrpcHealthMappings
{
    private readonly Dictionary<string, Func<HealthCheckRegistration, bool>> _byService = new(StringComparer.Ordinal);

    /// <summary>Lets the health checks that the predicate takes decide the status of a service. A second mapping of a name replaces the first.</summary>
    /// <param name="service">Full name of the service, such as <c>demo.Orders</c>, which need not be mapped; empty for the server as a whole.</param>
    /// <param name="predicate">Whether a health check counts, by its name and tags. Where it takes none, the service is serving.</param>
    public void MapService(string service, Func<HealthCheckRegistration, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(predicate);
        _byService[service] = predicate;
    }

    internal IEnumerable<string> Names => _byService.Keys;

    internal Func<HealthCheckRegistration, bool>? Find(string service) => _byService.GetValueOrDefault(service);
}
