using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rollcall.Consul.Transport;

/// <summary>Makes the connection pool for one agent.</summary>
internal static class ConsulHandlerFactory
{
    public static SocketsHttpHandler Create(Uri address, ConsulClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = address.Scheme != "unix" && !address.IsLoopback,
            ConnectTimeout = options.ConnectTimeout,

            // A name that moves to another address is followed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),

            // Queries that wait are streams of one connection where the agent speaks HTTP/2, as far as it lets one have them. Such a connection is
            // asked whether it lives: an agent that hangs would not be noticed until the wait of a query is over.
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

            // A watch would otherwise be a span of five minutes inside whatever call happened to start it.
            ActivityHeadersPropagator = null,
        };
        var path = address.Scheme == "unix" ? Uri.UnescapeDataString(address.AbsolutePath) : null;
        handler.ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, path, cancellationToken);
        if (address.Scheme == Uri.UriSchemeHttps)
        {
            handler.SslOptions = Tls(options);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint endPoint, string? path, CancellationToken cancellationToken)
    {
        var socket = path is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (path is null)
            {
                // A watch is silent for minutes: only this tells an idle agent from one whose machine is gone.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            }

            EndPoint target = path is null ? endPoint : new UnixDomainSocketEndPoint(path);
            await socket.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Tls(ConsulClientOptions options)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.SkipTlsVerification)
        {
#pragma warning disable CA5359 // Asked for by name, like Consul's own CONSUL_HTTP_SSL_VERIFY=false.
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (options.CaCertificatePath is { } authorities)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(Load(authorities, "CONSUL_CACERT (or CONSUL_CAPATH)", LoadAuthorities));
        }

        if (options.ClientCertificatePath is { } certificate)
        {
            tls.ClientCertificateContext = Load(certificate, "CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY", path => LoadClient(path, options.ClientKeyPath));
        }

        return tls;
    }

    private static X509Certificate2Collection LoadAuthorities(string path) =>
        Directory.Exists(path) ? LoadAll(Directory.GetFiles(path, "*", SearchOption.AllDirectories)) : LoadAll(path);

    private static X509Certificate2Collection LoadAll(params IEnumerable<string> paths)
    {
        var found = new X509Certificate2Collection();
        foreach (var path in paths)
        {
            found.ImportFromPemFile(path);
        }

        return found.Count > 0 ? found : throw new CryptographicException("it holds no certificate in PEM form");
    }

    /// <summary>The first certificate of the file is the client's own; those behind it lead to the authority, which need not know them.</summary>
    private static SslStreamCertificateContext LoadClient(string path, string? keyPath)
    {
        using var pem = X509Certificate2.CreateFromPemFile(path, keyPath);
        var all = LoadAll(path);

        // Windows can't use a key that was never in a store; the round trip gives it one.
        return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null), all, offline: true);
    }

    private static T Load<T>(string path, string setting, Func<string, T> load)
    {
        try
        {
            return load(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"The {(Directory.Exists(path) ? "directory" : "file")} '{path}' can't be used as a certificate ({e.Message}): check {setting}.", e);
        }
    }
}
