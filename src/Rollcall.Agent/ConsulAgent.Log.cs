using Microsoft.Extensions.Logging;

namespace Rollcall.Agent;

public sealed partial class ConsulAgent
{
    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Information, "Agent {Node} of {Datacenter} answers at {Address}")]
        public static partial void Started(ILogger logger, string node, string datacenter, Uri address);

        [LoggerMessage(101, LogLevel.Information, "Agent {Node} stopped")]
        public static partial void Stopped(ILogger logger, string node);
    }
}
