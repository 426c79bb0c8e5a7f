using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Http;

/// <summary>Makes the server that listens for the API.</summary>
internal static class AgentListener
{
    // For so long a client may be slower than it has to be.
    private static readonly TimeSpan s_slowness = TimeSpan.FromSeconds(5);

    private const int MaxTargetBytes = 64 * 1024;
    private const int MaxHeaderBytes = 32 * 1024;

    // As many as Go's server allows: clients that wait for more changes at once open another connection.
    private const int MaxStreams = 250;

    /// <summary>Kestrel without a host: no configuration files, no environment variables, nothing to start but sockets.</summary>
    /// <param name="options">On which ports, with what TLS, and how many connections.</param>
    /// <param name="client">The addresses to listen on.</param>
    /// <param name="load">Counts connections.</param>
    /// <param name="tls">Of HTTPS; null: there is none.</param>
    /// <param name="socket">Bound where HTTP is to listen. Null: one is made.</param>
    /// <param name="loggers">Where it logs to.</param>
    /// <exception cref="ConsulAgentException">The path of the socket can't be used.</exception>
    public static KestrelServer Create(ConsulAgentOptions options, IReadOnlyList<IPAddress> client, AgentLoad load, TlsConnections? tls, Socket? socket, ILoggerFactory loggers)
    {
        var quiet = new QuietLoggerFactory(loggers, load);

        // In the absolute form of a target its host is what counts (RFC 9112 3.2.2); whichever it is, nothing here depends on it.
        var kestrel = new KestrelServerOptions { AddServerHeader = false, AllowHostHeaderOverride = true, RequestHeaderEncodingSelector = HostEncoding.Select };
        kestrel.Limits.MaxRequestBodySize = 2L * Math.Max(RequestBody.MaxBytes, Math.Max(options.Limits.MaxValueBytes, options.Limits.MaxTransactionBytes));

        // Filters are long; Kestrel's defaults of 8 and 16 KiB would cut them off where Consul does not. In HTTP/2 they are a header like others.
        kestrel.Limits.MaxRequestLineSize = MaxTargetBytes;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = MaxTargetBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxTargetBytes + MaxHeaderBytes;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
        if (options.ResponseHeaders.Values.Any(static value => !Ascii.IsValid(value)))
        {
            kestrel.ResponseHeaderEncodingSelector = HttpRules.HeaderEncoding(options.ResponseHeaders);
        }

        SetPatience(kestrel.Limits, options.Limits);
        var limit = new ConnectionLimit(load, options.Limits.MaxConnections, options.MaxConnectionsPerClient);
        if (options.UnixSocket is { } path)
        {
            RemoveStale(path);
            kestrel.ListenUnixSocket(path, listen => Configure(listen, limit, null, load));
        }
        else if (options.HttpPort >= 0)
        {
            Listen(client, options.HttpPort, null);
        }

        if (tls is not null)
        {
            Listen(AgentAddresses.Https(options, client), options.HttpsPort, tls);
        }

        void Listen(IReadOnlyList<IPAddress> addresses, int port, TlsConnections? under)
        {
            foreach (var address in addresses)
            {
                kestrel.Listen(address, port, listen => Configure(listen, limit, under, load));
            }
        }

        // HTTP is the first that listens; whoever comes after it gets a socket of its own.
        Socket Bind(EndPoint endpoint)
        {
            var bound = Interlocked.Exchange(ref socket, null) ?? SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            if (endpoint is UnixDomainSocketEndPoint)
            {
                ApplyOwner(bound, options);
            }

            return bound;
        }

        return new KestrelServer(Options.Create(kestrel), options.Transport ?? Sockets(Bind, options, loggers), quiet);
    }

    /// <param name="limits">What is looked at.</param>
    /// <param name="hasTls">Whether anybody can shake hands.</param>
    /// <exception cref="ConsulAgentException">A time or a rate makes no sense.</exception>
    public static void CheckPatience(AgentLimitOptions limits, bool hasTls)
    {
        if (limits.KeepAliveTimeout <= TimeSpan.Zero || limits.RequestHeadersTimeout <= TimeSpan.Zero || (hasTls && limits.TlsHandshakeTimeout <= TimeSpan.Zero) || limits.MinBytesPerSecond < 0)
        {
            throw new ConsulAgentException(
                "A time of Limits is not more than zero, or MinBytesPerSecond is less: check limits.keep_alive_timeout, limits.request_headers_timeout, limits.https_handshake_timeout and limits.min_bytes_per_second");
        }
    }

    /// <summary>Whether threads of the agent's own wait for connections, and answer.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool UsesLoops(ConsulAgentOptions options) => options is { DedicatedProcess: true, Transport: null } && OperatingSystem.IsLinux();

    private static IConnectionListenerFactory Sockets(Func<EndPoint, Socket> bind, ConsulAgentOptions options, ILoggerFactory loggers) =>
        UsesLoops(options)
            ? new SocketLoopTransport(bind, options.SocketThreads, loggers.CreateLogger<SocketLoop>())
            : new SocketTransportFactory(Options.Create(new SocketTransportOptions { CreateBoundListenSocket = bind }), new QuietLoggerFactory(loggers));

    // A client that is slow, or says nothing, holds a connection and what is on it.
    private static void SetPatience(KestrelServerLimits kestrel, AgentLimitOptions limits)
    {
        (kestrel.KeepAliveTimeout, kestrel.RequestHeadersTimeout) = (limits.KeepAliveTimeout, limits.RequestHeadersTimeout);
        var rate = limits.MinBytesPerSecond > 0 ? new MinDataRate(limits.MinBytesPerSecond, s_slowness) : null;
        (kestrel.MinRequestBodyDataRate, kestrel.MinResponseDataRate) = (rate, rate);
    }

    private static void Configure(ListenOptions listen, ConnectionLimit limit, TlsConnections? tls, AgentLoad load)
    {
        listen.Use(limit.Wrap);
        if (tls is null)
        {
            listen.Protocols = HttpProtocols.Http1;
        }
        else
        {
            // Both protocols, as by default: said aloud, Kestrel warns that there is no TLS for the second, as it does not know of ours.
            listen.Use(next => tls.Wrap(next, load));
        }
    }

    // While it is bound and nobody listens there, nobody connects who may not.
    private static void ApplyOwner(Socket bound, ConsulAgentOptions options)
    {
        try
        {
            UnixSocketFile.Apply(options.UnixSocket!, options);
        }
        catch
        {
            bound.Dispose();
            throw;
        }
    }

    // A process that was killed leaves its socket behind, and nobody can listen on it then. As in Consul, it goes.
    private static void RemoveStale(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ConsulAgentException($"Unix socket {path} can't be made: {fault.Message} Set UnixSocket (addresses.http) to a path in a directory of your own.", fault);
        }
    }
}
