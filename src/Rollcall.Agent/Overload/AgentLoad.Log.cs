using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Overload;

internal sealed partial class AgentLoad
{
    private static partial class Log
    {
        [LoggerMessage(
            113,
            LogLevel.Warning,
            "Clients are being refused ({Reason}): {Watchers} queries wait, {Connections} connections are open, {Bytes} bytes are in flight, {InUse} of {Limit} bytes of memory are in use")]
        public static partial void Refusing(ILogger logger, string reason, int watchers, int connections, long bytes, long inUse, long limit);
    }
}
