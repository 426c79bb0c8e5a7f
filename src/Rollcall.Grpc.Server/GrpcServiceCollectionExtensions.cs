using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Server.Kestrel;

namespace Rollcall.Grpc.Server;

/// <summary>Adds gRPC to an application.</summary>
public static class GrpcServiceCollectionExtensions
{
    /// <summary><see cref="AddGrpc(IServiceCollection, Action{GrpcServiceOptions})"/> with its defaults.</summary>
    public static IGrpcServerBuilder AddGrpc(this IServiceCollection services) => services.AddGrpc(null);

    /// <summary>
    /// Adds what <see cref="GrpcEndpointRouteBuilderExtensions.MapGrpcService{TService}"/> needs. May be called more than once; the
    /// configuration adds up.
    /// </summary>
    /// <remarks>
    /// gRPC needs HTTP/2. Kestrel's endpoints speak it beside HTTP/1.1 unless <c>Protocols</c> says otherwise: over TLS by themselves, and from
    /// here on also without TLS, where the first bytes of a connection tell which one it is.
    /// </remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Settings of all services. Null changes nothing.</param>
    public static IGrpcServerBuilder AddGrpc(this IServiceCollection services, Action<GrpcServiceOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MappedServices>();
        services.TryAddSingleton<ServerTelemetry>();
        services.TryAddSingleton<ShutdownSignals>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<KestrelServerOptions>, Http2EndpointSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GrpcServiceOptions>, GrpcServiceOptionsValidator<GrpcServiceOptions>>());

        // Where the answer to unknown methods is not to be found by routing: at the paths of known ones, and by requests that are not gRPC.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, KnownMethodPolicy>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, UnknownMethodPolicy>());

        services.AddOptions<GrpcServiceOptions>().ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return new GrpcServerBuilder(services);
    }

    /// <summary>Changes the settings of one service. May be called more than once, and before or after those of all services are set.</summary>
    /// <typeparam name="TService">The class that <see cref="GrpcEndpointRouteBuilderExtensions.MapGrpcService{TService}"/> maps.</typeparam>
    public static IGrpcServerBuilder AddServiceOptions<TService>(this IGrpcServerBuilder builder, Action<GrpcServiceOptions<TService>> configure)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var services = builder.Services;
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<GrpcServiceOptions<TService>>, ServiceOptionsSeed<TService>>());
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<GrpcServiceOptions<TService>>, GrpcServiceOptionsValidator<GrpcServiceOptions<TService>>>());
        services.AddOptions<GrpcServiceOptions<TService>>().Configure(configure).ValidateOnStart();
        return builder;
    }
}
