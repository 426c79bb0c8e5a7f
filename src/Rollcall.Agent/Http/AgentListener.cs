using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Agent.Http.Endpoints;

namespace Rollcall.Agent.Http;

/// <summary>Makes the server that listens for the API.</summary>
internal static class AgentListener
{
    /// <summary>Kestrel without a host: no configuration files, no environment variables, nothing to start but a socket.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="port">0: a free one.</param>
    /// <param name="loggers">Hears of what goes wrong with connections.</param>
    /// <param name="transport">Where connections come from. Null: sockets.</param>
    public static KestrelServer Create(IPAddress address, int port, ILoggerFactory loggers, IConnectionListenerFactory? transport = null)
    {
        var quiet = new QuietLoggerFactory(loggers);
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = 2 * KvEndpoints.MaxValueBytes;

        // Filters are long; Kestrel's default of 8 KiB would cut them off where Consul does not.
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        kestrel.Listen(address, port, listen => listen.Protocols = HttpProtocols.Http1);
        return new KestrelServer(
            Options.Create(kestrel),
            transport ?? new SocketTransportFactory(Options.Create(new SocketTransportOptions()), quiet),
            quiet);
    }
}
