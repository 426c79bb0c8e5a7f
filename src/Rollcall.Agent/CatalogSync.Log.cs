using Microsoft.Extensions.Logging;

namespace Rollcall.Agent;

internal sealed partial class CatalogSync
{
    private static partial class Log
    {
        [LoggerMessage(130, LogLevel.Error, "Syncing the catalog failed; it is tried again in {Interval}")]
        public static partial void RoundFailed(ILogger logger, Exception exception, TimeSpan interval);
    }
}
