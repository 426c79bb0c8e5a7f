using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The HTTP/2 handler that a channel makes when it is given none.</summary>
internal static class DefaultHttpHandler
{
    // Headers, or trailers, of one response. More than that breaks the connection with all its calls, which SocketsHttpHandler's own 64 KB would for a
    // status that names the faults of a long form: text that is not ASCII is sent in three times its bytes.
    private const int MaxHeaderKilobytes = 1024;

    /// <summary>
    /// What makes the handlers of a channel, told who makes their connections (null: the handler, to whatever address a request has) and who hears
    /// of them (null: nobody); certificates are read here, once.
    /// </summary>
    public static Func<EndpointConnector?, EndpointConnectivity?, SocketsHttpHandler> CreateFactory(GrpcChannelOptions options, ChannelSecurity security)
    {
        var connectTimeout = GrpcChannelOptions.AtMostADay(options.ConnectTimeout);
        var pingDelay = GrpcChannelOptions.AtMostADay(options.KeepAlivePingDelay);
        var pingTimeout = GrpcChannelOptions.AtMostADay(options.KeepAlivePingTimeout);
        var tls = CreateTlsOptions(security);
        return (connector, connectivity) =>
        {
            var connections = new ConditionalWeakTable<HttpRequestMessage, ConnectionStream>();
            var handler = new SocketsHttpHandler
            {
                // The channel's own span takes the place of the handler's, and the channel passes it on.
                ActivityHeadersPropagator = null,
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                ConnectCallback = (context, token) => ConnectAsync(context, connector, connectivity, connections, token),
                ConnectTimeout = connectTimeout,
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = pingDelay,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                KeepAlivePingTimeout = pingTimeout,
#pragma warning disable CA2262 // 1,024 kilobytes are meant.
                MaxResponseHeadersLength = MaxHeaderKilobytes,
#pragma warning restore CA2262
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                PlaintextStreamFilter = (context, _) => OnConnected(context, connectivity, connections),
                UseCookies = false,
                UseProxy = false,
                SslOptions = tls,
            };
            return handler;
        };
    }

    private static SslClientAuthenticationOptions CreateTlsOptions(ChannelSecurity security)
    {
        var tls = new SslClientAuthenticationOptions();
        if (security.RootCertificates is { } roots)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            try
            {
                policy.CustomTrustStore.ImportFromPem(roots);
            }
            catch (CryptographicException e)
            {
                throw Unusable("root certificates", e);
            }

            tls.CertificateChainPolicy = policy.CustomTrustStore.Count > 0 ? policy : throw Unusable("root certificates", null);
        }

        if (security.ClientCertificate is { } pair)
        {
            try
            {
                tls.ClientCertificateContext = ReadClientCertificate(pair);
            }
            catch (CryptographicException e)
            {
                throw Unusable("key and certificate", e);
            }
        }

        var verify = security.VerifyPeer;
        tls.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            PeerCertificates.Verify((sender as SslStream)?.TargetHostName ?? "", certificate, chain, errors, verify);
        return tls;
    }

    private static SslStreamCertificateContext ReadClientCertificate(KeyCertificatePair pair)
    {
        using var pem = X509Certificate2.CreateFromPem(pair.CertificateChain, pair.PrivateKey);

        // Through PKCS #12, because Windows does not use keys that were never stored.
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pair.CertificateChain);
        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private static ArgumentException Unusable(string what, CryptographicException? error) => new(
        $"The {what} of the channel's SslCredentials can't be used ({error?.Message.TrimEnd('.') ?? "there is no certificate in them"}). "
        + "Give the text of a PEM file, not its path.",
        error);

    /// <summary>
    /// Connects with TCP keepalive. HTTP/2 pings would find a dead host as well, but servers of other makes close the connections of clients
    /// that ping more often than every five minutes.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        EndpointConnector? connector,
        EndpointConnectivity? connectivity,
        ConditionalWeakTable<HttpRequestMessage, ConnectionStream> connections,
        CancellationToken cancellationToken)
    {
        connectivity?.OnConnecting();
        try
        {
            var socket = await (connector is null ? EndpointConnector.OpenAsync(context.DnsEndPoint, cancellationToken) : connector.ConnectAsync(cancellationToken))
                .ConfigureAwait(false);
            if (connectivity is null)
            {
                return new NetworkStream(socket, ownsSocket: true);
            }

            var request = context.InitialRequestMessage;
            var connection = new ConnectionStream(socket, connectivity, tls: request.RequestUri!.Scheme == Uri.UriSchemeHttps);
            connections.AddOrUpdate(request, connection);
            return connection;
        }
        catch
        {
            connectivity?.OnFailed();
            throw;
        }
    }

    /// <summary>The connection can be spoken over: TLS, if there is any, is settled.</summary>
    private static ValueTask<Stream> OnConnected(
        SocketsHttpPlaintextStreamFilterContext context,
        EndpointConnectivity? connectivity,
        ConditionalWeakTable<HttpRequestMessage, ConnectionStream> connections)
    {
        // The request that the connection is made for is the same in both callbacks.
        if (connections.TryGetValue(context.InitialRequestMessage, out var connection))
        {
            connections.Remove(context.InitialRequestMessage);
            if (context.PlaintextStream != connection)
            {
                // ALPN has chosen HTTP/2.
                connection.OnEstablished();
            }

            connectivity?.Waiting?.OnConnected(connection);
        }

        return ValueTask.FromResult<Stream>(context.PlaintextStream is ConnectionStream plain ? plain : new GreetedStream(context.PlaintextStream));
    }
}
