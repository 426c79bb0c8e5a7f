using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Consul;

public sealed partial class ConsulEndpointSource
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Instances of {Query} are registered without a usable address or with port 0 and are left out: {Instances}")]
        public static partial void Unusable(ILogger logger, ServiceQuery query, string instances);

        [LoggerMessage(2, LogLevel.Debug, "Why {Query} has no instance could not be found out: {Reason}")]
        public static partial void NotExplained(ILogger logger, ServiceQuery query, string reason);

        [LoggerMessage(
            3,
            LogLevel.Warning,
            "More services are followed at {Source} than queries may be open at once, so some of them take turns, and their changes are heard up to 10 s later. Use https, over which all queries share a connection, or raise ConsulClientOptions.MaxOpenQueries and, above some 190, the agent's limits.http_max_conns_per_client")]
        public static partial void WatchesTakeTurns(ILogger logger, string source);
    }
}
