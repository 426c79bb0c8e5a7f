using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Rollcall.Discovery;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Http;
using Rollcall.Hosting.Discovery;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What Rollcall adds to <see cref="HttpClient"/> factories.</summary>
public static class RollcallHttpClientBuilderExtensions
{
    /// <summary>
    /// Lets the client call services by name: <c>http://orders/path</c> goes to an instance of <c>orders</c>, chosen for each request.
    /// Replaces the primary handler; handlers added to the builder stay around it. All clients of the container share their watches.
    /// Again for the same client, it adds to the options of the first.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">
    /// Default: round robin, and a name without dots is a service. They are named options by the client's name, checked when the host starts.
    /// </param>
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder builder, Action<DiscoveryHandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;

        // The defaults of all clients (ConfigureHttpClientDefaults) have no name.
        var name = builder.Name ?? Options.Options.DefaultName;
        services.AddServiceDiscovery();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<DiscoveryHandlerOptions>, ContainerServiceConfigs>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DiscoveryHandlerOptions>, DiscoveryHandlerOptionsValidator>());
        services.AddOptions<DiscoveryHandlerOptions>(name).Configure(configure ?? (static _ => { })).ValidateOnStart();
        return builder
            .ConfigurePrimaryHttpMessageHandler(provider =>
            {
                // Throws where its options are wrong and no host's start has said so.
                _ = provider.GetService<ServiceConfigDirectory>();
                return new DiscoveryHandler(
                    provider.GetRequiredService<EndpointDirectory>(),
                    provider.GetRequiredService<IOptionsMonitor<DiscoveryHandlerOptions>>().Get(name));
            })

            // Rotation is there to follow names that move. Here addresses come from the watch, and a new handler would lose its connections; those that go
            // by a name are renewed by the handler itself.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }
}
