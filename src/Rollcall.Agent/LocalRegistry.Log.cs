using Microsoft.Extensions.Logging;

namespace Rollcall.Agent;

internal sealed partial class LocalRegistry
{
    private static partial class Log
    {
        [LoggerMessage(120, LogLevel.Debug, "Service {ServiceId} registered")]
        public static partial void ServiceRegistered(ILogger logger, string serviceId);

        [LoggerMessage(121, LogLevel.Debug, "Service {ServiceId} deregistered")]
        public static partial void ServiceDeregistered(ILogger logger, string serviceId);

        [LoggerMessage(
            122,
            LogLevel.Error,
            "The result of check {CheckId} could not be stored; the check goes on, but shows its last state")]
        public static partial void ReportFailed(ILogger logger, Exception exception, string checkId);

        [LoggerMessage(
            123,
            LogLevel.Error,
            "Service {ServiceId} was critical for too long but could not be deregistered; it is tried again")]
        public static partial void RemovalFailed(ILogger logger, Exception exception, string serviceId);
    }
}
