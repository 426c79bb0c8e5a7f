using Rollcall.Discovery;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What Rollcall adds to <see cref="HttpClient"/> factories.</summary>
public static class RollcallHttpClientBuilderExtensions
{
    /// <summary>
    /// Lets the client call services by name: <c>http://orders/path</c> goes to an instance of <c>orders</c>, chosen for each request.
    /// Replaces the primary handler; handlers added to the builder stay around it. All clients of the container share their watches.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Default: round robin, and a name without dots is a service.</param>
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder builder, Action<DiscoveryHandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddServiceDiscovery();
        return builder
            .ConfigurePrimaryHttpMessageHandler(services =>
            {
                var options = new DiscoveryHandlerOptions { ServiceConfigs = services.GetService<ServiceConfigDirectory>() };
                configure?.Invoke(options);
                return new DiscoveryHandler(services.GetRequiredService<EndpointDirectory>(), options);
            })

            // Rotation is there to follow names that move. Here addresses come from the watch, and a new handler would lose its connections.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }
}
