using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Acl;

internal sealed partial class AgentTokens
{
    private static partial class Log
    {
        [LoggerMessage(114, LogLevel.Warning, "\"{Name}\" token present in both the configuration and persisted token store, using the persisted token")]
        public static partial void Persisted(ILogger logger, string name);

        [LoggerMessage(115, LogLevel.Warning, "unable to load persisted tokens: {Reason}")]
        public static partial void Unreadable(ILogger logger, string reason);

        [LoggerMessage(134, LogLevel.Warning, "unable to delete a copy of persisted tokens that was left over: {Reason}")]
        public static partial void LeftOver(ILogger logger, string reason);
    }
}
