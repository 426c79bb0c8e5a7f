using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using Rollcall.Discovery;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Http;

namespace Rollcall.Hosting.Discovery;

/// <summary>
/// Gives the clients with discovery its handler when everything else is set up, so that a primary handler of the application's own is put into it, whichever
/// of the two was added first.
/// </summary>
internal sealed class DiscoveryClients : IPostConfigureOptions<HttpClientFactoryOptions>
{
    // A handler of one's own that says nothing would keep to an address for good: clients with discovery keep their handler.
    private static readonly TimeSpan s_connectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Says that the client has discovery, by the options of a name. Said again, the last one counts.</summary>
    public static void Add(HttpClientFactoryOptions options, string optionsName) =>
        options.HttpMessageHandlerBuilderActions.Add(new Mark(optionsName).Apply);

    public void PostConfigure(string? name, HttpClientFactoryOptions options)
    {
        var actions = options.HttpMessageHandlerBuilderActions;
        if (!actions.Any(static action => action.Target is Mark))
        {
            return;
        }

        Action<HttpMessageHandlerBuilder>[] all = [.. actions];
        actions.Clear();
        actions.Add(builder =>
        {
            var watched = new PrimaryHandlerWatch(builder);
            foreach (var action in all)
            {
                action(watched);
            }

            if (watched.DiscoveryOptions is { } optionsName)
            {
                builder.PrimaryHandler = Create(builder.Services, optionsName, watched.Own);
            }
        });
    }

    private static DiscoveryHandler Create(IServiceProvider services, string optionsName, HttpMessageHandler? own)
    {
        // Throws where its options are wrong and no host's start has said so.
        _ = services.GetService<ServiceConfigDirectory>();
        SetUp(own);
        return new DiscoveryHandler(
            services.GetRequiredService<EndpointDirectory>(),
            services.GetRequiredService<IOptionsMonitor<DiscoveryHandlerOptions>>().Get(optionsName),
            own);
    }

    /// <summary>Redirects are followed by name, which a handler that follows them itself knows nothing of.</summary>
    private static void SetUp(HttpMessageHandler? handler)
    {
        while (handler is DelegatingHandler around)
        {
            handler = around.InnerHandler;
        }

        try
        {
            if (handler is SocketsHttpHandler { AllowAutoRedirect: true } sockets)
            {
                sockets.AllowAutoRedirect = false;
            }
            else if (handler is HttpClientHandler { AllowAutoRedirect: true } client)
            {
                client.AllowAutoRedirect = false;
            }

            if (handler is SocketsHttpHandler pooling && pooling.PooledConnectionLifetime == Timeout.InfiniteTimeSpan)
            {
                pooling.PooledConnectionLifetime = s_connectionLifetime;
            }
        }
        catch (InvalidOperationException)
        {
            // One that others share and that has sent requests already takes no settings any more, and keeps its own.
        }
    }

    private sealed class Mark(string optionsName)
    {
        public void Apply(HttpMessageHandlerBuilder builder)
        {
            if (builder is PrimaryHandlerWatch watched)
            {
                watched.DiscoveryOptions = optionsName;
            }
        }
    }
}
