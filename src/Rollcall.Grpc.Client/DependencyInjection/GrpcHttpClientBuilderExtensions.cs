using Grpc.Core;
using Grpc.Core.Interceptors;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Client.DependencyInjection;
using Rollcall.Grpc.Client.DependencyInjection.Internal;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// What can be set for a client that <c>AddGrpcClient</c> added. The methods of <see cref="IHttpClientBuilder"/> for message handlers apply as
/// well: with one of them, requests go through the handlers that it sets up, and else through the channel's own.
/// </summary>
public static class GrpcHttpClientBuilderExtensions
{
    /// <summary>Changes the settings of the client's channel. Clients share a channel when they have the same address and the same delegates here.</summary>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder ConfigureChannel(this IHttpClientBuilder builder, Action<GrpcChannelOptions> configureChannel)
    {
        ArgumentNullException.ThrowIfNull(configureChannel);
        return builder.ConfigureClient(o => o.ChannelOptionsActions.Add(configureChannel));
    }

    /// <summary>Changes the settings of the client's channel with something from the container; the client then has a channel of its own.</summary>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder ConfigureChannel(this IHttpClientBuilder builder, Action<IServiceProvider, GrpcChannelOptions> configureChannel)
    {
        ArgumentNullException.ThrowIfNull(configureChannel);
        RegisteredClients.Require(builder);
        builder.Services.AddOptions<GrpcClientFactoryOptions>(builder.Name).Configure<IServiceProvider>(
            (o, services) => o.ChannelOptionsActions.Add(channel => configureChannel(services, channel)));
        return builder;
    }

    /// <summary>An interceptor for every call, made once. Interceptors run in the order in which they were added, those of scope Client first.</summary>
    /// <typeparam name="TInterceptor">Taken from the container if it is registered there, else made with what the container has.</typeparam>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder AddInterceptor<TInterceptor>(this IHttpClientBuilder builder)
        where TInterceptor : Interceptor => builder.AddInterceptor<TInterceptor>(InterceptorScope.Channel);

    /// <summary>An interceptor for every call. Interceptors run in the order in which they were added, those of scope Client first.</summary>
    /// <typeparam name="TInterceptor">Taken from the container if it is registered there, else made with what the container has.</typeparam>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder AddInterceptor<TInterceptor>(this IHttpClientBuilder builder, InterceptorScope scope)
        where TInterceptor : Interceptor => builder.AddInterceptor(scope, ActivatorUtilities.GetServiceOrCreateInstance<TInterceptor>);

    /// <inheritdoc cref="AddInterceptor{TInterceptor}(IHttpClientBuilder)"/>
    /// <param name="builder">The client.</param>
    /// <param name="configureInvoker">Makes the interceptor.</param>
    public static IHttpClientBuilder AddInterceptor(this IHttpClientBuilder builder, Func<Interceptor> configureInvoker) =>
        builder.AddInterceptor(InterceptorScope.Channel, configureInvoker);

    /// <inheritdoc cref="AddInterceptor{TInterceptor}(IHttpClientBuilder, InterceptorScope)"/>
    /// <param name="builder">The client.</param>
    /// <param name="scope">Whether there is one for all clients of this name, or one for each client.</param>
    /// <param name="configureInvoker">Makes the interceptor.</param>
    public static IHttpClientBuilder AddInterceptor(this IHttpClientBuilder builder, InterceptorScope scope, Func<Interceptor> configureInvoker)
    {
        ArgumentNullException.ThrowIfNull(configureInvoker);
        return builder.AddInterceptor(scope, _ => configureInvoker());
    }

    /// <inheritdoc cref="AddInterceptor(IHttpClientBuilder, Func{Interceptor})"/>
    public static IHttpClientBuilder AddInterceptor(this IHttpClientBuilder builder, Func<IServiceProvider, Interceptor> configureInvoker) =>
        builder.AddInterceptor(InterceptorScope.Channel, configureInvoker);

    /// <inheritdoc cref="AddInterceptor(IHttpClientBuilder, InterceptorScope, Func{Interceptor})"/>
    public static IHttpClientBuilder AddInterceptor(
        this IHttpClientBuilder builder, InterceptorScope scope, Func<IServiceProvider, Interceptor> configureInvoker)
    {
        ArgumentNullException.ThrowIfNull(configureInvoker);
        return builder.ConfigureClient(o => o.InterceptorRegistrations.Add(new InterceptorRegistration(scope, configureInvoker)));
    }

    /// <summary>Adds metadata to every call, for example a token. The channel must use TLS.</summary>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder AddCallCredentials(
        this IHttpClientBuilder builder, Func<AuthInterceptorContext, Metadata, Task> authInterceptor)
    {
        ArgumentNullException.ThrowIfNull(authInterceptor);
        return builder.AddCallCredentials(CallCredentials.FromInterceptor((context, metadata) => authInterceptor(context, metadata)));
    }

    /// <summary>Adds metadata to every call with something from the container that the client came from. The channel must use TLS.</summary>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder AddCallCredentials(
        this IHttpClientBuilder builder, Func<AuthInterceptorContext, Metadata, IServiceProvider, Task> authInterceptor)
    {
        ArgumentNullException.ThrowIfNull(authInterceptor);
        return builder.ConfigureClient(o =>
        {
            o.HasCallCredentials = true;
            o.CallOptionsActions.Add(call => Add(
                call, CallCredentials.FromInterceptor((context, metadata) => authInterceptor(context, metadata, call.ServiceProvider))));
        });
    }

    /// <summary>Credentials for every call. The channel must use TLS.</summary>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder AddCallCredentials(this IHttpClientBuilder builder, CallCredentials credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        return builder.ConfigureClient(o =>
        {
            o.HasCallCredentials = true;
            o.CallOptionsActions.Add(call => Add(call, credentials));
        });
    }

    /// <summary>Makes the clients in place of their constructor.</summary>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder ConfigureGrpcClientCreator(this IHttpClientBuilder builder, Func<CallInvoker, object> configureCreator)
    {
        ArgumentNullException.ThrowIfNull(configureCreator);
        return builder.ConfigureClient(o => o.Creator = configureCreator);
    }

    /// <summary>Makes the clients in place of their constructor, with something from the container.</summary>
    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static IHttpClientBuilder ConfigureGrpcClientCreator(
        this IHttpClientBuilder builder, Func<IServiceProvider, CallInvoker, object> configureCreator)
    {
        ArgumentNullException.ThrowIfNull(configureCreator);
        RegisteredClients.Require(builder);
        builder.Services.AddOptions<GrpcClientFactoryOptions>(builder.Name).Configure<IServiceProvider>(
            (o, services) => o.Creator = invoker => configureCreator(services, invoker));
        return builder;
    }

    internal static IHttpClientBuilder ConfigureClient(this IHttpClientBuilder builder, Action<GrpcClientFactoryOptions> configure)
    {
        RegisteredClients.Require(builder);
        builder.Services.Configure(builder.Name, configure);
        return builder;
    }

    private static void Add(CallOptionsContext call, CallCredentials credentials) =>
        call.CallOptions = call.CallOptions.WithCredentials(
            call.CallOptions.Credentials is { } others ? CallCredentials.Compose(others, credentials) : credentials);
}
