using Microsoft.Extensions.Logging;

namespace Rollcall.Cli.Commands.Agent;

internal sealed partial class AgentRun
{
    private static partial class Log
    {
        [LoggerMessage(301, LogLevel.Warning, "{Warning}")]
        public static partial void Configuration(ILogger logger, string warning);

        [LoggerMessage(302, LogLevel.Warning, "The data directory {Directory} is not used: -dev keeps everything in memory")]
        public static partial void NothingKept(ILogger logger, string directory);
    }
}
