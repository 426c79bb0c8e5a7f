using Microsoft.Extensions.Logging;

namespace Rollcall.Cli.Commands.Agent;

internal sealed partial class AgentRun
{
    private static partial class Log
    {
        [LoggerMessage(301, LogLevel.Warning, "{Warning}")]
        public static partial void Configuration(ILogger logger, string warning);
    }
}
