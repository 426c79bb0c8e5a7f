using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Agent.Http.Endpoints;
using Rollcall.Agent.Http.Listening;

namespace Rollcall.Agent.Http;

/// <summary>Makes the server that listens for the API.</summary>
internal static class AgentListener
{
    /// <summary>Kestrel without a host: no configuration files, no environment variables, nothing to start but sockets.</summary>
    /// <param name="options">On which ports, with what TLS, and how many connections.</param>
    /// <param name="client">The address to listen on.</param>
    /// <exception cref="ConsulAgentException">A file of TLS can't be used, or the path of the socket.</exception>
    public static KestrelServer Create(ConsulAgentOptions options, IPAddress client)
    {
        var loggers = options.LoggerFactory;
        var quiet = new QuietLoggerFactory(loggers);
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = 2 * KvEndpoints.MaxValueBytes;

        // Filters are long; Kestrel's default of 8 KiB would cut them off where Consul does not.
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        var limit = options.MaxConnectionsPerClient is { } max ? new ConnectionLimit(max) : null;
        if (options.UnixSocket is { } path)
        {
            RemoveStale(path);
            kestrel.ListenUnixSocket(path, listen => Configure(listen, limit, null));
        }
        else if (options.HttpPort >= 0)
        {
            kestrel.Listen(client, options.HttpPort, listen => Configure(listen, limit, null));
        }

        if (options.HttpsPort >= 0)
        {
            var tls = new TlsConnections(ServerTls.Load(options.Tls), options.TimeProvider, loggers.CreateLogger<TlsConnections>());
            kestrel.Listen(client, options.HttpsPort, listen => Configure(listen, limit, tls));
        }

        return new KestrelServer(
            Options.Create(kestrel),
            options.Transport ?? new SocketTransportFactory(Options.Create(new SocketTransportOptions()), quiet),
            quiet);
    }

    private static void Configure(ListenOptions listen, ConnectionLimit? limit, TlsConnections? tls)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (limit is not null)
        {
            listen.Use(limit.Wrap);
        }

        if (tls is not null)
        {
            listen.Use(tls.Wrap);
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
