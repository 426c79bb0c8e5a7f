using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Checks;

internal sealed partial class ProbeLoop
{
    private static partial class Log
    {
        [LoggerMessage(210, LogLevel.Error, "Check {CheckId} could not be run; it is critical until it can.")]
        public static partial void ProbeFaulted(ILogger logger, Exception exception, string checkId);

        [LoggerMessage(211, LogLevel.Debug, "Check {CheckId} is {Status}, but not yet often enough in a row to change its state.")]
        public static partial void BelowThreshold(ILogger logger, string checkId, string status);
    }
}
