using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rollcall.Grpc;
using Rollcall.Grpc.Client.DependencyInjection;
using Rollcall.Grpc.Client.DependencyInjection.Internal;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What can be set for a gRPC client that is used by gRPC services.</summary>
public static class GrpcServerHttpClientBuilderExtensions
{
    /// <summary>
    /// <see cref="EnableCallContextPropagation(IHttpClientBuilder, Action{GrpcContextPropagationOptions})"/> for a client that refuses to call outside of a
    /// served call.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder EnableCallContextPropagation(this IHttpClientBuilder builder) => builder.EnableCallContextPropagation(null);

    /// <summary>
    /// Calls that the client makes while a gRPC call is served end with it: they take its deadline, where their own is not earlier, and are
    /// cancelled when it is. Call it before services are mapped.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="configureOptions">Says what happens outside of a served call. Null: the client refuses to call.</param>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder EnableCallContextPropagation(
        this IHttpClientBuilder builder, Action<GrpcContextPropagationOptions>? configureOptions)
    {
        RegisteredClients.Require(builder);
        var options = new GrpcContextPropagationOptions();
        configureOptions?.Invoke(options);
        var refuses = !options.SuppressContextNotFoundErrors;
        builder.Services.AddHttpContextAccessor();
        builder.Services.TryAddSingleton<ServerCallContextExposure>();
        return builder.ConfigureClient(o => o.CallOptionsActions.Add(call => Propagate(call, refuses)));
    }

    private static void Propagate(CallOptionsContext call, bool refuses)
    {
        if (call.CallOptions.PropagationToken is not null)
        {
            return;
        }

        var http = call.ServiceProvider.GetRequiredService<IHttpContextAccessor>().HttpContext;
        if (http?.Features.Get<IServerCallContextFeature>() is { } served)
        {
            // Not by CreatePropagationToken, which contexts that are written for tests rarely have.
            var context = served.ServerCallContext;
            call.CallOptions = call.CallOptions.WithPropagationToken(new ContextPropagationToken(context.Deadline, context.CancellationToken));
        }
        else if (refuses)
        {
            throw new InvalidOperationException(
                "A gRPC client with EnableCallContextPropagation was used outside of a gRPC call, so there is no deadline to take over. Use another "
                + "client there, or allow it: EnableCallContextPropagation(o => o.SuppressContextNotFoundErrors = true).");
        }
    }
}
