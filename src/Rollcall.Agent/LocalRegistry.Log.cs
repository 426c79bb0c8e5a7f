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
            "The result of check {CheckId} could not be stored; the check shows its last state until it can")]
        public static partial void ReportFailed(ILogger logger, Exception exception, string checkId);

        [LoggerMessage(
            124,
            LogLevel.Warning,
            "Check {CheckId} runs a program, which is switched off now: it is not run and shows as critical")]
        public static partial void ScriptNotRun(ILogger logger, string checkId);

        [LoggerMessage(
            123,
            LogLevel.Error,
            "Service {ServiceId} was critical for too long but could not be deregistered; it is tried again")]
        public static partial void RemovalFailed(ILogger logger, Exception exception, string serviceId);
    }
}
