using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Logs;

namespace Rollcall.Grpc.Server;

/// <summary>Maps gRPC services to endpoints.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps every method of a service whose class derives from the generated <c>…Base</c> class. An instance is made for each call: from the
    /// container if registered there, otherwise by its constructor from the services of the call, and disposed when the call ends.
    /// Calls of methods that nobody serves are answered with Unimplemented from then on.
    /// </summary>
    /// <returns>A builder whose conventions apply to all methods, such as <c>RequireAuthorization()</c>.</returns>
    /// <exception cref="InvalidOperationException">AddGrpc was not called, or the class has no generated base class.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods)] TService>(
        this IEndpointRouteBuilder endpoints)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var binder = new InstancePerCallBinder<TService>(CreateCallSettings<TService>(endpoints), new ServiceActivator<TService>(endpoints.ServiceProvider));
        BindMethodLocator.Bind(typeof(TService), binder);
        return Map(endpoints, binder.Methods, typeof(TService));
    }

    /// <summary>Maps the methods of a definition, whose handlers are bound to one instance for all calls.</summary>
    /// <exception cref="InvalidOperationException">AddGrpc was not called.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService(this IEndpointRouteBuilder endpoints, ServerServiceDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(definition);
        var binder = new DefinitionBinder(CreateCallSettings<ServerServiceDefinition>(endpoints));
        definition.BindService(binder);
        return Map(endpoints, binder.Methods, binder.ServiceType);
    }

    /// <summary>Maps the methods of a definition, as the other overload does, that is made once, now, with the services of the application.</summary>
    /// <param name="endpoints">What the methods are mapped to.</param>
    /// <param name="mapDefinition">Makes it.</param>
    /// <exception cref="InvalidOperationException">AddGrpc was not called.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService(
        this IEndpointRouteBuilder endpoints, Func<IServiceProvider, ServerServiceDefinition> mapDefinition)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(mapDefinition);
        return endpoints.MapGrpcService(mapDefinition(endpoints.ServiceProvider));
    }

    private static CallSettings CreateCallSettings<TService>(IEndpointRouteBuilder endpoints)
        where TService : class
    {
        var services = endpoints.ServiceProvider;
        if (services.GetService<MappedServices>() is null)
        {
            throw new InvalidOperationException("gRPC is not set up; call builder.Services.AddGrpc() before MapGrpcService.");
        }

        var options = services.GetService<IConfigureOptions<GrpcServiceOptions<TService>>>() is null
            ? services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value
            : services.GetRequiredService<IOptions<GrpcServiceOptions<TService>>>().Value;
        var shutdownTimeout = services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        var streamDelay = options.StreamShutdownDelay ?? (shutdownTimeout == Timeout.InfiniteTimeSpan ? shutdownTimeout : shutdownTimeout / 2);
        return new CallSettings(
            options,
            services.GetRequiredService<TimeProvider>(),
            new SteadyLoggerFactory(services.GetRequiredService<ILoggerFactory>()).CreateLogger("Rollcall.Grpc.Server.Call"),
            services.GetRequiredService<ServerTelemetry>(),
            services.GetService<ServerCallContextExposure>() is not null,
            services.GetRequiredService<ShutdownSignals>().After(streamDelay));
    }

    private static GrpcServiceEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, IReadOnlyList<BoundMethod> methods, Type serviceType)
    {
        var mapped = endpoints.ServiceProvider.GetRequiredService<MappedServices>();
        var builders = new List<IEndpointConventionBuilder>(methods.Count);
        foreach (var (method, handler, attributes, requestType, responseType) in methods)
        {
            mapped.Add(method.ServiceName, serviceType);
            var endpoint = new MethodEndpoint(handler, method, ProtobufMethod.Find(method, requestType, responseType, serviceType));
            TranscodingRoutes.ClaimGrpcPath(endpoints, mapped, endpoint);
            object[] metadata = [.. attributes, new GrpcMethodMetadata(serviceType, method)];
            var builder = endpoints.MapMethods(method.FullName, endpoint.HttpMethods, endpoint.HandleAsync)
                .WithDisplayName($"gRPC - {method.FullName}")
                .WithMetadata(metadata);
            builders.Add(builder);
            builders.AddRange(TranscodingRoutes.Map(endpoints, mapped, endpoint, metadata));
        }

        if (mapped.TryClaimFallback())
        {
            MapFallback(endpoints, mapped, endpoints.ServiceProvider.GetRequiredService<ServerTelemetry>());
        }

        return new GrpcServiceEndpointConventionBuilder(builders);
    }

    private static void MapFallback(IEndpointRouteBuilder endpoints, MappedServices mapped, ServerTelemetry telemetry)
    {
        var handler = new UnimplementedHandler(mapped, telemetry);

        // The HTTP method puts it before a fallback of the application's own that fits the same paths. Nothing is refused by it: UnknownMethodPolicy
        // leaves it no requests but those it is for, which are POSTs.
        endpoints.MapPost("{service}/{method}", handler.HandleAsync)
            .WithDisplayName("gRPC - unimplemented")
            .WithMetadata(handler)
            .Add(builder => ((RouteEndpointBuilder)builder).Order = int.MaxValue);
    }
}
