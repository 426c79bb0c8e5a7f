using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Internal.Snapshots;

internal sealed partial class SnapshotStore
{
    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Warning, "The stored list {Path} is not used: {Fault}. It is replaced when the source answers; delete it if this goes on")]
        public static partial void Unusable(ILogger logger, string path, string fault);

        [LoggerMessage(41, LogLevel.Warning, "The stored list of {Query} is not used: it is {Age} old, and MaxSnapshotAge is {MaxAge}")]
        public static partial void TooOld(ILogger logger, ServiceQuery query, TimeSpan age, TimeSpan maxAge);

        [LoggerMessage(42, LogLevel.Warning, "Lists can't be stored in {Directory}: {Reason}. Without them, a start while the source is down finds no instance: make SnapshotDirectory one that this process may write to")]
        public static partial void NotWritten(ILogger logger, string directory, string reason);

        [LoggerMessage(43, LogLevel.Debug, "Old lists in {Directory} were not removed: {Reason}")]
        public static partial void NotPruned(ILogger logger, string directory, string reason);
    }
}
