using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>
/// Lets one port without TLS speak HTTP/1.1 and HTTP/2. Without it Kestrel, which has no ALPN to go by there, takes HTTP/1.1 for granted on
/// endpoints that allow both, and gRPC needs a port of its own.
/// </summary>
/// <remarks>After everybody else's configuration, so that it neither replaces the endpoint defaults of an application nor is replaced by them.</remarks>
internal sealed partial class CleartextHttp2Setup(KestrelInternals? internals, TimeProvider timeProvider, ILogger logger)
    : IPostConfigureOptions<KestrelServerOptions>
{
    public CleartextHttp2Setup(TimeProvider timeProvider, ILoggerFactory loggerFactory)
        : this(
            KestrelInternals.Find(typeof(KestrelServerOptions), typeof(ListenOptions)),
            timeProvider,
            loggerFactory.CreateLogger("Rollcall.Grpc.Server.Kestrel"))
    {
    }

    public void PostConfigure(string? name, KestrelServerOptions options)
    {
        if (internals is null)
        {
            Log.InternalsMissing(logger, typeof(KestrelServerOptions).Assembly.GetName().Version);
            return;
        }

        foreach (var listen in internals.GetListenOptions(options))
        {
            Add(listen, internals);
        }

        var defaults = internals.GetEndpointDefaults(options);
        options.ConfigureEndpointDefaults(listen =>
        {
            defaults(listen);
            Add(listen, internals);
        });
    }

    // Asked when the server builds the endpoint: until then its protocols may change and TLS may be added.
    private void Add(ListenOptions listen, KestrelInternals found) => listen.Use(next =>
        listen.Protocols.HasFlag(HttpProtocols.Http1) && listen.Protocols.HasFlag(HttpProtocols.Http2) && !found.IsTls(listen)
            ? new PrefaceMiddleware(next, found, listen.KestrelServerOptions.Limits.KeepAliveTimeout, timeProvider).OnConnectionAsync
            : next);
}
