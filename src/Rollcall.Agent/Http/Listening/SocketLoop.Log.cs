using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Http.Listening;

internal sealed partial class SocketLoop
{
    private static partial class Log
    {
        [LoggerMessage(203, LogLevel.Error, "A connection failed where it should not.")]
        public static partial void ConnectionFailed(ILogger logger, Exception exception);
    }
}
