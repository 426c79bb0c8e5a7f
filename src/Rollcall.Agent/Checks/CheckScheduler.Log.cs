using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Checks;

internal sealed partial class CheckScheduler
{
    private static partial class Log
    {
        [LoggerMessage(
            200,
            LogLevel.Warning,
            "Check {CheckId}: deregister_critical_service_after of {After} is below the minimum; using {Minimum}.")]
        public static partial void DeregisterAfterRaised(ILogger logger, string checkId, TimeSpan after, TimeSpan minimum);

        [LoggerMessage(201, LogLevel.Warning, "Check {CheckId}: interval of {Interval} is below the minimum; using {Minimum}.")]
        public static partial void IntervalRaised(ILogger logger, string checkId, TimeSpan interval, TimeSpan minimum);

        [LoggerMessage(202, LogLevel.Information, "Service {ServiceId} is deregistered: its check {CheckId} was critical for too long.")]
        public static partial void Deregistering(ILogger logger, string serviceId, string checkId);

        [LoggerMessage(EventId = 204, Message = "Check is now {Status}: check={CheckId} service={ServiceId} output={Output}")]
        public static partial void StatusChanged(ILogger logger, LogLevel level, string status, string checkId, string serviceId, string output);
    }
}
