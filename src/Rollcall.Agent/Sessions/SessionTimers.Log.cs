using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Sessions;

internal sealed partial class SessionTimers
{
    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Information, "Session {Id} was not renewed in time: ended")]
        public static partial void Expired(ILogger logger, string id);

        [LoggerMessage(61, LogLevel.Error, "Session {Id} could not be ended after its time; it is tried again in {Pause}")]
        public static partial void ExpiryFailed(ILogger logger, Exception exception, string id, TimeSpan pause);
    }
}
