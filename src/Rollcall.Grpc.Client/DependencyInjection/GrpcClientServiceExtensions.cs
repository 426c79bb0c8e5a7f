using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using Rollcall.Consul;
using Rollcall.Grpc.Client.DependencyInjection;
using Rollcall.Grpc.Client.DependencyInjection.Internal;
using Rollcall.Grpc.Client.Internal;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Typed gRPC clients in a container. A client is transient and cheap: it can be injected anywhere. Its channel is shared with every client of
/// the same address and channel settings, and is disposed with the container.
/// </summary>
/// <remarks>
/// Channels take the container's <c>ILoggerFactory</c>, <c>TimeProvider</c> and <c>IMeterFactory</c>. For <c>consul://</c> addresses they use
/// the registered <c>ConsulClientOptions</c> (the agent in the same host, if no address was set) and, for the Consul that those name, the registered <c>EndpointDirectory</c>.
/// </remarks>
public static class GrpcClientServiceExtensions
{
    /// <summary>A client whose address is set by what follows, under the name of its type.</summary>
    /// <typeparam name="TClient">The client that Grpc.Tools generated, or a class with a constructor that takes a <c>CallInvoker</c>.</typeparam>
    /// <param name="services">The container.</param>
    /// <returns>Configures the client further.</returns>
    /// <exception cref="InvalidOperationException">Another type has the name.</exception>
    public static IHttpClientBuilder AddGrpcClient<TClient>(this IServiceCollection services)
        where TClient : class => Add<TClient>(services, typeof(TClient).Name);

    /// <summary>A client to an address; or, when the text has no <c>://</c>, a client under that name whose address is set by what follows.</summary>
    /// <typeparam name="TClient">The client that Grpc.Tools generated, or a class with a constructor that takes a <c>CallInvoker</c>.</typeparam>
    /// <param name="services">The container.</param>
    /// <param name="addressOrName"><c>consul:///demo?tag=v1</c>, <c>dns+srv:///demo.example.org</c>, <c>https://host:port</c> or <c>http://host:port</c>; or a name.</param>
    /// <returns>Configures the client further.</returns>
    /// <exception cref="ArgumentException">The address is wrong; the message says what and shows a right one.</exception>
    /// <exception cref="InvalidOperationException">Another type has the name.</exception>
    public static IHttpClientBuilder AddGrpcClient<TClient>(this IServiceCollection services, string addressOrName)
        where TClient : class
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(addressOrName);
        if (!addressOrName.Contains("://", StringComparison.Ordinal))
        {
            return Add<TClient>(services, addressOrName);
        }

        _ = ChannelTarget.Parse(addressOrName);
        var address = new Uri(addressOrName);
        return services.AddGrpcClient<TClient>(o => o.Address = address);
    }

    /// <summary>A client under the name of its type. Its settings are checked when the host starts.</summary>
    /// <typeparam name="TClient">The client that Grpc.Tools generated, or a class with a constructor that takes a <c>CallInvoker</c>.</typeparam>
    /// <param name="services">The container.</param>
    /// <param name="configureClient">Sets at least the address.</param>
    /// <returns>Configures the client further.</returns>
    /// <exception cref="InvalidOperationException">Another type has the name.</exception>
    public static IHttpClientBuilder AddGrpcClient<TClient>(this IServiceCollection services, Action<GrpcClientFactoryOptions> configureClient)
        where TClient : class => services.AddGrpcClient<TClient>(typeof(TClient).Name, configureClient);

    /// <summary>A client under the name of its type, whose settings need something from the container. They are checked at the first use.</summary>
    /// <typeparam name="TClient">The client that Grpc.Tools generated, or a class with a constructor that takes a <c>CallInvoker</c>.</typeparam>
    /// <param name="services">The container.</param>
    /// <param name="configureClient">Sets at least the address.</param>
    /// <returns>Configures the client further.</returns>
    /// <exception cref="InvalidOperationException">Another type has the name.</exception>
    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services, Action<IServiceProvider, GrpcClientFactoryOptions> configureClient)
        where TClient : class => services.AddGrpcClient<TClient>(typeof(TClient).Name, configureClient);

    /// <summary>
    /// A client under a name, by which <see cref="GrpcClientFactory"/> makes it. Injected by its type alone, the client of a type that was added
    /// last is taken. Its settings are checked when the host starts.
    /// </summary>
    /// <typeparam name="TClient">The client that Grpc.Tools generated, or a class with a constructor that takes a <c>CallInvoker</c>.</typeparam>
    /// <param name="services">The container.</param>
    /// <param name="name">Unique among clients.</param>
    /// <param name="configureClient">Sets at least the address.</param>
    /// <returns>Configures the client further.</returns>
    /// <exception cref="InvalidOperationException">Another type has the name.</exception>
    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services, string name, Action<GrpcClientFactoryOptions> configureClient)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(configureClient);
        var builder = Add<TClient>(services, name);
        services.AddOptions<GrpcClientFactoryOptions>(name).Configure(configureClient).ValidateOnStart();
        return builder;
    }

    /// <summary>A client under a name, whose settings need something from the container. They are checked at the first use.</summary>
    /// <typeparam name="TClient">The client that Grpc.Tools generated, or a class with a constructor that takes a <c>CallInvoker</c>.</typeparam>
    /// <param name="services">The container.</param>
    /// <param name="name">Unique among clients.</param>
    /// <param name="configureClient">Sets at least the address.</param>
    /// <returns>Configures the client further.</returns>
    /// <exception cref="InvalidOperationException">Another type has the name.</exception>
    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services, string name, Action<IServiceProvider, GrpcClientFactoryOptions> configureClient)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(configureClient);
        var builder = Add<TClient>(services, name);
        services.AddOptions<GrpcClientFactoryOptions>(name).Configure<IServiceProvider>((o, provider) => configureClient(provider, o));
        return builder;
    }

    private static IHttpClientBuilder Add<TClient>(IServiceCollection services, string name)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        RegisteredClients.Of(services).Add(name, typeof(TClient));
        var builder = services.AddHttpClient(name);
        services.Configure<HttpClientFactoryOptions>(name, HandlerChain.AddDefault);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<GrpcClientFactoryOptions>, HttpClientSettings>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GrpcClientFactoryOptions>, GrpcClientFactoryOptionsValidator>());
        services.TryAddTransient<IOptionsFactory<ConsulClientOptions>, ConsulClientOptionsFactory>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<ConsulClientOptions>, EmbeddedAgentAddress>());
        services.TryAddSingleton<ContainerDirectories>();
        services.TryAddSingleton<SharedChannels>();
        services.TryAddSingleton<ClientRecipes>();
        services.TryAddSingleton<ClientActivator<TClient>>();
        services.TryAddTransient<GrpcClientFactory, ContainerClientFactory>();
        services.AddTransient(provider => provider.GetRequiredService<GrpcClientFactory>().CreateClient<TClient>(name));
        return builder;
    }
}
