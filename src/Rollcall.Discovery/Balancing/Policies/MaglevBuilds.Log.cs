using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Balancing;

internal sealed partial class MaglevBuilds
{
    private static partial class Log
    {
        [LoggerMessage(68, LogLevel.Error, "The Maglev table of {Count} instances could not be built; calls go on by the last one")]
        public static partial void TableNotBuilt(ILogger logger, Exception exception, int count);
    }
}
