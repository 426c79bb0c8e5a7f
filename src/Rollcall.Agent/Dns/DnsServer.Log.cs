using System.Net;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Dns;

internal sealed partial class DnsServer
{
    /// <summary>What all parts of the server have to say.</summary>
    internal static partial class Log
    {
        [LoggerMessage(140, LogLevel.Error, "A DNS question could not be answered")]
        public static partial void NotAnswered(ILogger logger, Exception exception);

        [LoggerMessage(141, LogLevel.Debug, "A DNS answer could not be sent: {Reason}")]
        public static partial void NotSent(ILogger logger, string reason);

        [LoggerMessage(142, LogLevel.Debug, "The DNS server {Server} did not answer: {Reason}")]
        public static partial void NotForwarded(ILogger logger, IPEndPoint server, string reason);

        [LoggerMessage(143, LogLevel.Warning, "More than {Limit} questions wait for other DNS servers; further ones fail until some are answered")]
        public static partial void TooManyForwarded(ILogger logger, int limit);

        [LoggerMessage(144, LogLevel.Warning, "The DNS server {Server} among the recursors is this agent itself, and is not asked")]
        public static partial void AsksItself(ILogger logger, IPEndPoint server);
    }
}
