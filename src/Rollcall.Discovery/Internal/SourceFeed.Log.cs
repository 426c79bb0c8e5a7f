using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Internal;

internal sealed partial class SourceFeed
{
    private void Tell(SourceFailure failure, int known)
    {
        var reason = failure.Reason.TrimEnd('.');
        var (line, others) = _told.Fail(reason, Query.Name, failure.Error is { } error && _source.IsRefusal(Query, error));
        if (line == OutageLog.Line.None)
        {
            Log.SourceFailedAlike(Logger, SourceName, Query, reason, known);
        }
        else if (line == OutageLog.Line.Still)
        {
            Log.SourceStillFails(Logger, SourceName, Query, failure.Since, failure.Attempts, reason, others);
        }
        else if (others > 0)
        {
            Log.SourceFailedForMany(Logger, SourceName, Query, reason, known, others);
        }
        else if (known > 0)
        {
            Log.SourceFailed(Logger, SourceName, Query, reason, known);
        }
        else
        {
            Log.SourceFailedWithoutList(Logger, SourceName, Query, reason);
        }
    }

    private void TellBack(SourceFailure failure)
    {
        var (isNews, failing) = _told.Succeed();
        if (!isNews)
        {
            Log.SourceBackToo(Logger, SourceName, Query, failure.Attempts);
        }
        else if (failing > 0)
        {
            Log.SourceBackForMany(Logger, SourceName, Query, failure.Attempts, failing);
        }
        else
        {
            Log.SourceBack(Logger, SourceName, Query, failure.Attempts);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Watch of {Query} failed, {Source} can't be read: {Reason}. The list known is kept, instances: {Count}")]
        public static partial void SourceFailed(ILogger logger, string source, ServiceQuery query, string reason, int count);

        [LoggerMessage(9, LogLevel.Warning, "Watch of {Query} failed, {Source} can't be read: {Reason}. No instances are known")]
        public static partial void SourceFailedWithoutList(ILogger logger, string source, ServiceQuery query, string reason);

        [LoggerMessage(2, LogLevel.Information, "Watch of {Query}: {Source} answers again after {Attempts} failed attempts")]
        public static partial void SourceBack(ILogger logger, string source, ServiceQuery query, int attempts);

        [LoggerMessage(80, LogLevel.Warning, "Watch of {Query} failed, {Source} can't be read: {Reason}. The lists known are kept, of this one instances: {Count}. Further lists of the same source: {Others}; those that fail alike are told at level Debug")]
        public static partial void SourceFailedForMany(ILogger logger, string source, ServiceQuery query, string reason, int count, int others);

        [LoggerMessage(81, LogLevel.Warning, "{Source} still can't be read, {Query} not since {Since:u}, attempts: {Attempts}. The last one: {Reason}. Further lists of the same source that can't be read: {Others}")]
        public static partial void SourceStillFails(ILogger logger, string source, ServiceQuery query, DateTimeOffset since, int attempts, string reason, int others);

        [LoggerMessage(82, LogLevel.Debug, "Watch of {Query} failed like others, {Source} can't be read: {Reason}. Instances known: {Count}")]
        public static partial void SourceFailedAlike(ILogger logger, string source, ServiceQuery query, string reason, int count);

        [LoggerMessage(83, LogLevel.Information, "Watch of {Query}: {Source} answers again after {Attempts} failed attempts. Lists that are to be read again: {Failing}")]
        public static partial void SourceBackForMany(ILogger logger, string source, ServiceQuery query, int attempts, int failing);

        [LoggerMessage(84, LogLevel.Debug, "Watch of {Query}: {Source} answers it again, too, after {Attempts} failed attempts")]
        public static partial void SourceBackToo(ILogger logger, string source, ServiceQuery query, int attempts);

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
