using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Balancing;

public sealed partial class ServiceBalancer
{
    private static partial class Log
    {
        [LoggerMessage(67, LogLevel.Error, "The policy {Policy} threw when it was to make a picker for {Query}; calls go on as before, and it is asked again in a second")]
        public static partial void PolicyFailed(ILogger logger, Exception exception, string policy, ServiceQuery query);

        [LoggerMessage(71, LogLevel.Warning, "No calls to {Endpoint} of {Query} for {Duration}: {Reason}. Others within {Pause} are told at level Debug")]
        public static partial void Ejected(ILogger logger, string endpoint, ServiceQuery query, TimeSpan duration, string reason, TimeSpan pause);

        [LoggerMessage(72, LogLevel.Debug, "No calls to {Endpoint} of {Query} for {Duration}, either: {Reason}")]
        public static partial void EjectedToo(ILogger logger, string endpoint, ServiceQuery query, TimeSpan duration, string reason);

        [LoggerMessage(73, LogLevel.Information, "Calls go to {Endpoint} of {Query} again")]
        public static partial void Readmitted(ILogger logger, string endpoint, ServiceQuery query);

        [LoggerMessage(74, LogLevel.Debug, "Calls go to {Endpoint} of {Query} again, too")]
        public static partial void ReadmittedToo(ILogger logger, string endpoint, ServiceQuery query);

        [LoggerMessage(69, LogLevel.Error, "The policy {Policy} threw when it was told of the end of a call to {Query}; the call ends as it would have")]
        public static partial void PolicyFailedAtEnd(ILogger logger, Exception exception, string policy, ServiceQuery query);
    }
}
