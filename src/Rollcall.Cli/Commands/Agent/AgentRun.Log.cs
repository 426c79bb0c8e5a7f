using Microsoft.Extensions.Logging;

namespace Rollcall.Cli.Commands.Agent;

internal sealed partial class AgentRun
{
    private static partial class Log
    {
        [LoggerMessage(301, LogLevel.Warning, "{Warning}")]
        public static partial void Configuration(ILogger logger, string warning);

        [LoggerMessage(302, LogLevel.Information, "Configuration reloaded")]
        public static partial void Reloaded(ILogger logger);

        [LoggerMessage(303, LogLevel.Error, "Reload config failed, and nothing was changed: {Reason}")]
        public static partial void ReloadFailed(ILogger logger, string reason);
    }
}
