using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Balancing;

public sealed partial class ServiceBalancer
{
    private static partial class Log
    {
        [LoggerMessage(67, LogLevel.Error, "The policy {Policy} threw when it was to make a picker for {Query}; calls go on as before, and it is asked again in a second")]
        public static partial void PolicyFailed(ILogger logger, Exception exception, string policy, ServiceQuery query);

        [LoggerMessage(69, LogLevel.Error, "The policy {Policy} threw when it was told of the end of a call to {Query}; the call ends as it would have")]
        public static partial void PolicyFailedAtEnd(ILogger logger, Exception exception, string policy, ServiceQuery query);
    }
}
