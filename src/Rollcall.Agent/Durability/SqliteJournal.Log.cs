using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Durability;

internal sealed partial class SqliteJournal
{
    private static partial class Log
    {
        [LoggerMessage(70, LogLevel.Error, "Changes are refused until they can be kept again; reads go on. {Reason}")]
        public static partial void WritesFail(ILogger logger, string reason);

        [LoggerMessage(71, LogLevel.Information, "Changes are kept in {Path} again")]
        public static partial void WritesWork(ILogger logger, string path);
    }
}
