using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Rollcall.Grpc.Server.Health;

/// <summary>Adds and maps the standard health service, <c>grpc.health.v1.Health</c>.</summary>
public static class GrpcHealthExtensions
{
    /// <summary>
    /// Adds the health service and its <see cref="GrpcHealthStatus"/>, and gRPC itself. ASP.NET Core health checks, when the application has any, decide
    /// the status of whatever was not set by hand: they run when a caller asks, and callers that watch are told what the periodic reports say
    /// (<see cref="HealthCheckPublisherOptions"/>).
    /// Without health checks the server is serving. When the application stops, everything is NOT_SERVING.
    /// </summary>
    public static IServiceCollection AddGrpcHealth(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddGrpc();
        services.TryAddSingleton<GrpcHealthStatus>();
        services.TryAddSingleton<HealthStatusReader>();
        services.TryAddSingleton<HealthStatusPublisher>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHealthCheckPublisher, HealthStatusPublisher>(
            static provider => provider.GetRequiredService<HealthStatusPublisher>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HealthStatusShutdown>());
        return services;
    }

    /// <summary><see cref="AddGrpcHealthChecks(IServiceCollection, Action{GrpcHealthChecksOptions})"/> with its defaults.</summary>
    /// <param name="services">The application's services.</param>
    /// <returns>Adds health checks.</returns>
    public static IHealthChecksBuilder AddGrpcHealthChecks(this IServiceCollection services) => services.AddGrpcHealthChecks(null);

    /// <summary>
    /// <see cref="AddGrpcHealth"/> and ASP.NET Core's health checks at once, under the name that grpc-dotnet has for it.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Names services whose status only some of the health checks decide. Null names none.</param>
    /// <returns>Adds health checks.</returns>
    public static IHealthChecksBuilder AddGrpcHealthChecks(this IServiceCollection services, Action<GrpcHealthChecksOptions>? configure)
    {
        services.AddGrpcHealth();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services.AddHealthChecks();
    }

    /// <summary><see cref="MapGrpcHealthService"/> under the name that grpc-dotnet has for it.</summary>
    /// <exception cref="InvalidOperationException">Neither <see cref="AddGrpcHealth"/> nor <see cref="AddGrpcHealthChecks(IServiceCollection)"/> was called.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcHealthChecksService(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcHealthService();

    /// <summary>Maps the health service.</summary>
    /// <exception cref="InvalidOperationException"><see cref="AddGrpcHealth"/> was not called.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcHealthService(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetService<GrpcHealthStatus>() is null)
        {
            throw new InvalidOperationException("The health service is not set up; call builder.Services.AddGrpcHealth(), or AddGrpcHealthChecks(), before it is mapped.");
        }

        return endpoints.MapGrpcService<HealthService>();
    }
}
