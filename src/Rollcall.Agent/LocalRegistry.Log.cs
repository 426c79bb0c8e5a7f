using Microsoft.Extensions.Logging;

using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Logs;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent;

internal sealed partial class LocalRegistry
{
    private void LogRegistered(HealthCheck check)
    {
        if (check.Type != CheckRules.MaintenanceType)
        {
            Log.CheckRegistered(_logger, check.CheckId, check.ServiceId);
        }
        else if (check.ServiceId.Length == 0)
        {
            Log.NodeEnteredMaintenance(_logger, LogText.FirstLine(check.Notes));
        }
        else
        {
            Log.ServiceEnteredMaintenance(_logger, check.ServiceId, LogText.FirstLine(check.Notes));
        }
    }

    private void LogDeregistered(HealthCheck check)
    {
        if (check.Type != CheckRules.MaintenanceType)
        {
            Log.CheckDeregistered(_logger, check.CheckId);
        }
        else if (check.ServiceId.Length == 0)
        {
            Log.NodeLeftMaintenance(_logger);
        }
        else
        {
            Log.ServiceLeftMaintenance(_logger, check.ServiceId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(120, LogLevel.Information, "Service registered: service={ServiceId}")]
        public static partial void ServiceRegistered(ILogger logger, string serviceId);

        [LoggerMessage(121, LogLevel.Information, "Service deregistered: service={ServiceId}")]
        public static partial void ServiceDeregistered(ILogger logger, string serviceId);

        [LoggerMessage(125, LogLevel.Information, "Check registered: check={CheckId} service={ServiceId}")]
        public static partial void CheckRegistered(ILogger logger, string checkId, string serviceId);

        [LoggerMessage(126, LogLevel.Information, "Check deregistered: check={CheckId}")]
        public static partial void CheckDeregistered(ILogger logger, string checkId);

        [LoggerMessage(127, LogLevel.Information, "Service entered maintenance mode: service={ServiceId} reason={Reason}")]
        public static partial void ServiceEnteredMaintenance(ILogger logger, string serviceId, string reason);

        [LoggerMessage(128, LogLevel.Information, "Service left maintenance mode: service={ServiceId}")]
        public static partial void ServiceLeftMaintenance(ILogger logger, string serviceId);

        [LoggerMessage(129, LogLevel.Information, "Node entered maintenance mode: reason={Reason}")]
        public static partial void NodeEnteredMaintenance(ILogger logger, string reason);

        [LoggerMessage(119, LogLevel.Information, "Node left maintenance mode")]
        public static partial void NodeLeftMaintenance(ILogger logger);

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
