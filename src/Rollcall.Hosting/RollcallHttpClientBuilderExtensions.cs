using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using Rollcall.Discovery.Http;
using Rollcall.Hosting.Discovery;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What Rollcall adds to <see cref="HttpClient"/> factories.</summary>
public static class RollcallHttpClientBuilderExtensions
{
    /// <summary>
    /// <see cref="AddServiceDiscovery(IHttpClientBuilder, Action{DiscoveryHandlerOptions})"/> with its defaults: round robin, and a name without dots is a
    /// service.
    /// </summary>
    /// <param name="builder">The client.</param>
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder builder) => builder.AddServiceDiscovery(null);

    /// <summary>
    /// Lets the client call services by name: <c>http://orders/path</c> goes to an instance of <c>orders</c>, chosen for each request.
    /// Handlers added to the builder stay around it, and a primary handler of your own, set before or after, gets each request with the address of its instance:
    /// its redirects are followed here, by name, and where it sets no <see cref="SocketsHttpHandler.PooledConnectionLifetime"/> that is 5 minutes. All clients of the
    /// container share their watches. Again for the same client, it adds to the options of the first.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">
    /// Null: round robin, and a name without dots is a service. They are named options by the client's name, checked when the host starts.
    /// </param>
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder builder, Action<DiscoveryHandlerOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;

        // The defaults of all clients (ConfigureHttpClientDefaults) have no name.
        var name = builder.Name ?? Options.Options.DefaultName;
        services.AddServiceDiscovery();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<DiscoveryHandlerOptions>, ContainerServiceConfigs>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DiscoveryHandlerOptions>, DiscoveryHandlerOptionsValidator>());
        services.AddOptions<DiscoveryHandlerOptions>(name).Configure(configure ?? (static _ => { })).ValidateOnStart();
        if (!services.Any(static s => s.ImplementationType == typeof(DiscoveryClients)))
        {
            // Before others that look at the end whether a handler has been set.
            services.Insert(0, ServiceDescriptor.Singleton<IPostConfigureOptions<HttpClientFactoryOptions>, DiscoveryClients>());
        }

        builder.Services.Configure<HttpClientFactoryOptions>(builder.Name, options => DiscoveryClients.Add(options, name));

        // Rotation is there to follow names that move. Here addresses come from the watch, and a new handler would lose its connections; those that go
        // by a name are renewed by the handler itself.
        return builder.SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// The same as <see cref="AddServiceDiscovery(IHttpClientBuilder, Action{DiscoveryHandlerOptions})"/>, for programs that also reference a package with
    /// a method of that name.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Null: round robin, and a name without dots is a service.</param>
    public static IHttpClientBuilder AddRollcallDiscovery(this IHttpClientBuilder builder, Action<DiscoveryHandlerOptions>? configure = null) =>
        builder.AddServiceDiscovery(configure);
}
