using System.Net;
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
    public static KestrelServer Create(IPAddress address, int port, ILoggerFactory loggers)
    {
        var quiet = new QuietLoggerFactory(loggers);
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = 2 * KvEndpoints.MaxValueBytes;

        // Filters are long; Kestrel's default of 8 KiB would cut them off where Consul does not.
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        kestrel.Listen(address, port, listen => listen.Protocols = HttpProtocols.Http1);
        return new KestrelServer(
            Options.Create(kestrel),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), quiet),
            quiet);
    }
}
