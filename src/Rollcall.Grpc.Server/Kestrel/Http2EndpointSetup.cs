using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Logs;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>
/// What gRPC needs of Kestrel's endpoints beyond what they do by themselves: one port without TLS for HTTP/1.1 and HTTP/2, and connections of HTTP/2
/// that end without taking calls along and outlast a caller that pauses.
/// </summary>
/// <remarks>After everybody else's configuration, so that it neither replaces the endpoint defaults of an application nor is replaced by them.</remarks>
internal sealed partial class Http2EndpointSetup(KestrelInternals? internals, TimeProvider timeProvider, ILogger logger)
    : IPostConfigureOptions<KestrelServerOptions>
{
    public Http2EndpointSetup(TimeProvider timeProvider, ILoggerFactory loggerFactory)
        : this(
            KestrelInternals.Find(typeof(KestrelServerOptions), typeof(ListenOptions)),
            timeProvider,
            new SteadyLoggerFactory(loggerFactory).CreateLogger("Rollcall.Grpc.Server.Kestrel"))
    {
    }

    public void PostConfigure(string? name, KestrelServerOptions options)
    {
        LiftResponseRate(options.Limits);
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

    // Kestrel counts the wait for a stream's window as slow writing, and aborts the connection with all its calls when the caller of one reads
    // nothing for a while. Over HTTP/2 a request can't change the rate. A rate that is not Kestrel's own is the application's wish.
    private static void LiftResponseRate(KestrelServerLimits limits)
    {
        var byDefault = new KestrelServerLimits().MinResponseDataRate;
        if (limits.MinResponseDataRate is { } rate && rate.BytesPerSecond == byDefault?.BytesPerSecond && rate.GracePeriod == byDefault.GracePeriod)
        {
            limits.MinResponseDataRate = null;
        }
    }

    // Asked when the server builds the endpoint: until then its protocols may change and TLS may be added.
    private void Add(ListenOptions listen, KestrelInternals found) => listen.Use(next =>
    {
        if (!listen.Protocols.HasFlag(HttpProtocols.Http2))
        {
            return next;
        }

        var isTls = found.IsTls(listen);
        ConnectionDelegate http2 = new LingeringCloseMiddleware(next, isTls, timeProvider).OnConnectionAsync;
        return isTls || !listen.Protocols.HasFlag(HttpProtocols.Http1)
            ? http2
            : new PrefaceMiddleware(next, http2, found, listen.KestrelServerOptions.Limits.KeepAliveTimeout, timeProvider).OnConnectionAsync;
    });
}
