using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Hosting;
using Rollcall.Hosting.Health;
using Rollcall.Hosting.Registration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What Rollcall adds to health checks.</summary>
public static class RollcallHealthChecksBuilderExtensions
{
    /// <summary>
    /// Reports whether the services of this host are registered, and if not, why and since when. Without <c>AddServiceRegistration</c> there are none, and
    /// the host does not start. A TTL check by a report of the application's health checks passes it over: it tells of the agent, not of the instance.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">Default <see cref="HealthStatus.Degraded"/>: callers that know the instance can still call it.</param>
    /// <param name="tags">Tags of the check.</param>
    public static IHealthChecksBuilder AddServiceRegistrationCheck(
        this IHealthChecksBuilder builder,
        string name = "service-registration",
        HealthStatus failureStatus = HealthStatus.Degraded,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.TryAddSingleton(_ => new ServiceRegistrations());
        services.AddOptions<HealthCheckServiceOptions>()
            .Validate(
                _ => services.Any(static service => service.ServiceType == typeof(RegistrationName)),
                "AddServiceRegistrationCheck has nothing to check: no service of this host is registered. Call services.AddServiceRegistration(NAME), or leave the check out.")
            .ValidateOnStart();
        return builder.AddCheck<ServiceRegistrationCheck>(name, failureStatus, [.. tags ?? [], ServiceRegistrationCheck.Tag]);
    }

    /// <summary>
    /// Reports whether a service config of a service that this host calls was refused, and what is wrong with it. Without <c>AddServiceConfig</c> no
    /// caller follows any, and the host does not start.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">Default <see cref="HealthStatus.Degraded"/>: calls go by the last good one.</param>
    /// <param name="tags">Tags of the check.</param>
    public static IHealthChecksBuilder AddServiceConfigCheck(
        this IHealthChecksBuilder builder,
        string name = "service-config",
        HealthStatus failureStatus = HealthStatus.Degraded,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<HealthCheckServiceOptions>()
            .Validate(
                _ => services.Any(static service => service.ServiceType == typeof(ServiceConfigDirectory)),
                "AddServiceConfigCheck has nothing to check: no client of this container follows service configs. Call services.AddServiceConfig(), or leave the check out.")
            .ValidateOnStart();
        return builder.AddCheck<ServiceConfigCheck>(name, failureStatus, tags ?? []);
    }
}
