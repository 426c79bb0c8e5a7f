using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Rollcall.Grpc.Server.Reflection;

/// <summary>Adds and maps server reflection, with which callers learn what services and messages there are.</summary>
public static class GrpcReflectionExtensions
{
    /// <summary>
    /// Adds server reflection, and gRPC itself. Whoever reaches the server can then read the definitions of all mapped services, comments excepted.
    /// </summary>
    public static IServiceCollection AddGrpcReflection(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddGrpc();
        services.TryAddSingleton<ReflectionCatalog>();
        services.TryAddSingleton<ReflectionResponder>();
        return services;
    }

    /// <summary>Maps <c>grpc.reflection.v1.ServerReflection</c>, and <c>v1alpha</c> for older tools.</summary>
    /// <returns>A builder whose conventions apply to both, such as <c>RequireAuthorization()</c>.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AddGrpcReflection"/> was not called.</exception>
    public static IEndpointConventionBuilder MapGrpcReflectionService(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetService<ReflectionResponder>() is null)
        {
            throw new InvalidOperationException(
                "Server reflection is not set up; call builder.Services.AddGrpcReflection() before MapGrpcReflectionService.");
        }

        return new GrpcServiceEndpointConventionBuilder(
            [endpoints.MapGrpcService<ReflectionService>(), endpoints.MapGrpcService<ReflectionV1AlphaService>()]);
    }
}
