using Microsoft.Extensions.Logging;

namespace Rollcall.Agent;

internal sealed partial class AgentNode
{
    private static partial class Log
    {
        [LoggerMessage(103, LogLevel.Information, "Configuration reloaded")]
        public static partial void Reloaded(ILogger logger);

        [LoggerMessage(104, LogLevel.Error, "Reload config failed, and nothing was changed: {Reason}")]
        public static partial void ReloadFailed(ILogger logger, string reason);
    }
}
