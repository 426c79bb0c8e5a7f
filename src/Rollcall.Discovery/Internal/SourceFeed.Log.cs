using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Internal;

internal sealed partial class SourceFeed
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Watch of {Query} failed, {Source} can't be read: {Reason}. The list known is kept, instances: {Count}")]
        public static partial void SourceFailed(ILogger logger, string source, ServiceQuery query, string reason, int count);

        [LoggerMessage(9, LogLevel.Warning, "Watch of {Query} failed, {Source} can't be read: {Reason}. No instances are known")]
        public static partial void SourceFailedWithoutList(ILogger logger, string source, ServiceQuery query, string reason);

        [LoggerMessage(2, LogLevel.Information, "Watch of {Query}: {Source} answers again after {Attempts} failed attempts")]
        public static partial void SourceBack(ILogger logger, string source, ServiceQuery query, int attempts);

        [LoggerMessage(3, LogLevel.Debug, "{Query} has a new list at index {Index}, instances: {Count}")]
        public static partial void Changed(ILogger logger, ServiceQuery query, int count, ulong index);

        [LoggerMessage(4, LogLevel.Warning, "Answer for {Query} is not believed yet: {Doubt}")]
        public static partial void Held(ILogger logger, ServiceQuery query, string doubt);

        [LoggerMessage(5, LogLevel.Warning, "Answer for {Query} is believed now, nothing better came; instances: {Count}")]
        public static partial void HoldEnded(ILogger logger, ServiceQuery query, int count);

        [LoggerMessage(7, LogLevel.Warning, "{Source} can't be read: {Query} starts with the list known at {ConfirmedAt}, instances: {Count}")]
        public static partial void StartedFromDisk(ILogger logger, ServiceQuery query, int count, DateTimeOffset confirmedAt, string source);
    }
}
