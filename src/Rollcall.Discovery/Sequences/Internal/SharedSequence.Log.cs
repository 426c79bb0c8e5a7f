using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Sequences.Internal;

internal sealed partial class SharedSequence
{
    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Warning, "{Source} gives no numbers of the sequence that callers of {Query} share; calls go on round robin within this process: {Reason}")]
        public static partial void NotShared(ILogger logger, ServiceQuery query, string source, string reason);

        [LoggerMessage(31, LogLevel.Information, "{Source} gives numbers of the sequence that callers of {Query} share again")]
        public static partial void Shared(ILogger logger, ServiceQuery query, string source);
    }
}
