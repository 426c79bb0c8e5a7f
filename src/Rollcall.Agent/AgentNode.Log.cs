using Microsoft.Extensions.Logging;

namespace Rollcall.Agent;

internal sealed partial class AgentNode
{
    private static partial class Log
    {
        [LoggerMessage(103, LogLevel.Information, "Configuration reloaded")]
        public static partial void Reloaded(ILogger logger);

        [LoggerMessage(106, LogLevel.Information, "Removed {Count} nodes of other agents (they have a serfHealth check, and this agent is the only one), with their services and sessions: {Nodes}")]
        public static partial void Reaped(ILogger logger, int count, string nodes);

        [LoggerMessage(104, LogLevel.Error, "Reload config failed, and nothing was changed: {Reason}")]
        public static partial void ReloadFailed(ILogger logger, string reason);
    }
}
