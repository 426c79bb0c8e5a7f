using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Consul;

public sealed partial class ConsulEndpointSource
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Instances of {Query} are registered without an address or with port 0 and are left out: {Instances}")]
        public static partial void Unusable(ILogger logger, ServiceQuery query, string instances);

        [LoggerMessage(2, LogLevel.Debug, "Why {Query} has no instance could not be found out: {Reason}")]
        public static partial void NotExplained(ILogger logger, ServiceQuery query, string reason);
    }
}
