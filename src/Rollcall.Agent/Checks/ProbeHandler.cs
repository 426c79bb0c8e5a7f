using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Rollcall.Agent.Checks;

/// <summary>The HTTP stack that probes share.</summary>
internal static class ProbeHandler
{
    /// <param name="skipVerify">Takes any certificate.</param>
    /// <param name="tls">How it comes; null: as nobody.</param>
    public static SocketsHttpHandler Create(bool skipVerify, CheckTls? tls = null) => new()
    {
        // A probe must find out whether new connections are accepted, so none is used twice; nor may a proxy answer for the instance.
        PooledConnectionLifetime = TimeSpan.Zero,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
#pragma warning disable CA2262 // They are meant as KB; Consul takes ten times as much.
        MaxResponseHeadersLength = 1024,
#pragma warning restore CA2262
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        SslOptions = tls?.Create(skipVerify) ?? ProbeTls.Create(skipVerify),
    };

    /// <summary>Speaks TLS where it is asked for <c>http</c>, and goes by the host of the URL, or by the name that it comes with: where it is asked for <c>https</c>, .NET goes by the request's <c>Host</c>.</summary>
    public static SocketsHttpHandler CreateTls(bool skipVerify, CheckTls? tls)
    {
        var handler = Create(skipVerify);
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
                var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
                var options = tls?.Create(skipVerify) ?? ProbeTls.Create(skipVerify);
                options.TargetHost ??= context.DnsEndPoint.Host;
                await stream.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
                return stream;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        return handler;
    }
}
