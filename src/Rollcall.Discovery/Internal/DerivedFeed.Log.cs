using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Internal;

internal sealed partial class DerivedFeed
{
    private static partial class Log
    {
        [LoggerMessage(8, LogLevel.Error, "What {Query} selects from {Source} can't be told; its list before stays until the next change")]
        public static partial void NotDerived(ILogger logger, Exception exception, ServiceQuery query, string source);
    }
}
