using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Durability;

internal sealed partial class SqliteJournal
{
    private static partial class Log
    {
        [LoggerMessage(70, LogLevel.Error, "Changes are refused until they can be kept again; reads go on. {Reason}")]
        public static partial void WritesFail(ILogger logger, string reason);

        [LoggerMessage(72, LogLevel.Information, "{Path} is new: nothing is registered or stored yet")]
        public static partial void New(ILogger logger, string path);

        [LoggerMessage(73, LogLevel.Information, "{Path} holds the state up to index {Index}: {Keys} keys, {Services} services, {Sessions} sessions")]
        public static partial void Loaded(ILogger logger, string path, ulong index, int keys, int services, int sessions);

        [LoggerMessage(71, LogLevel.Information, "Changes are kept in {Path} again")]
        public static partial void WritesWork(ILogger logger, string path);
    }
}
