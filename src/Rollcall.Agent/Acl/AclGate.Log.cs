using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Acl;

internal sealed partial class AclGate
{
    private static partial class Log
    {
        [LoggerMessage(132, LogLevel.Error, "the rules of policy \"{Name}\" cannot be read, and tokens with it may do nothing: {Reason}")]
        public static partial void UnreadablePolicy(ILogger logger, string name, string reason);

        [LoggerMessage(133, LogLevel.Error, "the rules of token {AccessorId} cannot be read, and it may do nothing: {Reason}")]
        public static partial void UnreadableToken(ILogger logger, string accessorId, string reason);

        [LoggerMessage(135, LogLevel.Warning, "the selector of binding rule {Id} cannot be read, and it selects nobody: {Reason}")]
        public static partial void UnreadableSelector(ILogger logger, string id, string reason);
    }
}
