using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Rollcall.Grpc.Client.Internal;
using Rollcall.Hosts;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>
/// The message handlers that an application sets up for a client through its <see cref="IHttpClientBuilder"/>. Built here and not by the HTTP
/// client factory, because that keeps what it builds for the life of the process: a channel closes its connections when it is disposed.
/// </summary>
internal static class HandlerChain
{
    private static readonly Action<HttpMessageHandlerBuilder> s_setDefault = static builder =>
        builder.PrimaryHandler = DefaultPrimaryHandler.Mark(DefaultHttpHandler.CreateFactory(new GrpcChannelOptions(), ChannelSecurity.Read(null))(null, null));

    /// <summary>The handler that the application's are put around, and that it may replace: one that suits gRPC.</summary>
    public static void AddDefault(HttpClientFactoryOptions options)
    {
        if (!options.HttpMessageHandlerBuilderActions.Contains(s_setDefault))
        {
            options.HttpMessageHandlerBuilderActions.Add(s_setDefault);
        }
    }

    /// <summary>The application has set up something.</summary>
    public static bool IsCustom(HttpClientFactoryOptions options) =>
        options.HttpMessageHandlerBuilderActions.Any(static action => action != s_setDefault);

    /// <summary>A new chain, which the caller disposes.</summary>
    public static HttpMessageHandler Build(string name, IServiceProvider services, HttpClientFactoryOptions options)
    {
        var builder = services.GetRequiredService<HttpMessageHandlerBuilder>();
        builder.Name = name;
        Action<HttpMessageHandlerBuilder> configure = b =>
        {
            foreach (var action in options.HttpMessageHandlerBuilderActions)
            {
                action(b);
            }
        };

        // Like the factory: the filter that was added first is outermost.
        foreach (var filter in services.GetServices<IHttpMessageHandlerBuilderFilter>().Reverse())
        {
            configure = filter.Configure(configure);
        }

        configure(builder);
        return builder.Build();
    }
}
