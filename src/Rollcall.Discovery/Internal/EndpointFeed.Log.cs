using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Internal;

internal abstract partial class EndpointFeed
{
    private static partial class Log
    {
        [LoggerMessage(6, LogLevel.Error, "A subscriber to changes of {Query} threw; the watch goes on")]
        public static partial void CallbackFailed(ILogger logger, Exception exception, ServiceQuery query);
    }
}
