namespace Rollcall.Discovery.Http;

/// <summary>Makes the <see cref="SocketsHttpHandler"/>s that requests are sent by where no other handler is given.</summary>
internal static class OwnHandler
{
    /// <param name="configure">See <see cref="DiscoveryHandlerOptions.ConfigureHandler"/>.</param>
    /// <param name="usesProxy">Whether it goes by the system's proxy, unless that changes it.</param>
    public static SocketsHttpHandler Create(Action<SocketsHttpHandler>? configure, bool usesProxy)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = DiscoveryHandlerOptions.DefaultConnectTimeout,
            EnableMultipleHttp2Connections = true,
            UseCookies = false,
            UseProxy = usesProxy,
        };
        configure?.Invoke(handler);

        // They are followed by name, which it knows nothing of.
        handler.AllowAutoRedirect = false;
        return handler;
    }
}
