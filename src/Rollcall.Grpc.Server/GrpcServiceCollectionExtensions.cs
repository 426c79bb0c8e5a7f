using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Rollcall.Grpc.Server;

/// <summary>Adds gRPC to an application.</summary>
public static class GrpcServiceCollectionExtensions
{
    /// <summary>
    /// Adds what <see cref="GrpcEndpointRouteBuilderExtensions.MapGrpcService{TService}"/> needs. May be called more than once; the
    /// configuration adds up.
    /// </summary>
    /// <remarks>
    /// gRPC needs HTTP/2. Kestrel speaks it over TLS by default; without TLS the endpoint has to say so:
    /// <c>builder.WebHost.ConfigureKestrel(k => k.ListenLocalhost(5000, o => o.Protocols = HttpProtocols.Http2))</c>.
    /// </remarks>
    public static IServiceCollection AddGrpc(this IServiceCollection services, Action<GrpcServiceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MappedServices>();
        services.TryAddSingleton<ServerTelemetry>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GrpcServiceOptions>, GrpcServiceOptionsValidator>());
        services.AddOptions<GrpcServiceOptions>().ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }
}
