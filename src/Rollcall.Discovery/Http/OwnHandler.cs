using System.Net;

namespace Rollcall.Discovery.Http;

/// <summary>Makes the <see cref="SocketsHttpHandler"/>s that requests are sent by where no other handler is given.</summary>
internal static class OwnHandler
{
    private static readonly TimeSpan s_nameLifetime = TimeSpan.FromMinutes(5);

    /// <param name="configure">See <see cref="DiscoveryHandlerOptions.ConfigureHandler"/>.</param>
    /// <param name="usesProxy">Whether it goes by the system's proxy, unless that changes it.</param>
    /// <param name="goesByName">Whether its connections are to names, which may move to other addresses.</param>
    public static SocketsHttpHandler Create(Action<SocketsHttpHandler>? configure, bool usesProxy, bool goesByName)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = DiscoveryHandlerOptions.DefaultConnectTimeout,
            EnableMultipleHttp2Connections = true,
            UseCookies = false,
            UseProxy = usesProxy,

            // Nobody else replaces a connection that works: clients of a container keep their handler for good.
            PooledConnectionLifetime = goesByName ? s_nameLifetime : Timeout.InfiniteTimeSpan,
        };
        configure?.Invoke(handler);

        // They are followed by name, which it knows nothing of.
        handler.AllowAutoRedirect = false;
        return handler;
    }

    /// <summary>What a handler, or the one inside of it, answers to servers that ask who is there; null as well where that is not known.</summary>
    public static ICredentials? CredentialsOf(HttpMessageHandler? handler) => handler switch
    {
        DelegatingHandler around => CredentialsOf(around.InnerHandler),
        SocketsHttpHandler sockets => sockets.Credentials,
        HttpClientHandler client => client.Credentials,
        _ => null,
    };
}
