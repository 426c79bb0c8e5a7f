using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Http;

internal sealed partial class HttpCallSettings
{
    private static partial class Log
    {
        [LoggerMessage(70, LogLevel.Error, "The handler's OnAttempt callback threw; the request goes on")]
        public static partial void AttemptObserverFailed(ILogger logger, Exception exception);
    }
}
