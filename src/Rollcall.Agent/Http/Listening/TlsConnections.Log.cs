using System.Net;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Http.Listening;

internal sealed partial class TlsConnections
{
    private static partial class Log
    {
        [LoggerMessage(118, LogLevel.Debug, "A connection was closed because its TLS handshake failed: {Reason}")]
        public static partial void NoHandshake(ILogger logger, string reason);

        [LoggerMessage(131, LogLevel.Information, "A client sent an HTTP request to an HTTPS server: from={Client}")]
        public static partial void NoTls(ILogger logger, EndPoint? client);
    }
}
