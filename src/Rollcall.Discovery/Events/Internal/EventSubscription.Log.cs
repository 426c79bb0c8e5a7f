using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Events.Internal;

internal sealed partial class EventSubscription
{
    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Error, "An observer of discovery events threw; it is called again for the next one")]
        public static partial void ObserverFailed(ILogger logger, Exception exception);
    }
}
