using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Rollcall.Grpc.Server;

internal abstract partial class CallHandler
{
    /// <summary>For the context, which finds bad metadata when a handler asks for it.</summary>
    public static void LogMetadataSkipped(ILogger logger, string method, string header) => Log.MetadataSkipped(logger, method, PeerText.Shorten(header));

    /// <summary>For the deadline, whose timer runs what a handler has registered.</summary>
    public static void LogCallbackFailed(ILogger logger, Exception exception) => Log.CallbackFailed(logger, exception);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The handler of {Method} failed.")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, string method);

        [LoggerMessage(2, LogLevel.Error, "A trailer of {Method} has a value that HTTP can't carry; the call ended with Internal.")]
        public static partial void TrailersRefused(ILogger logger, Exception exception, string method);

        [LoggerMessage(3, LogLevel.Debug, "{Method} ended with {StatusCode}: {Detail}")]
        public static partial void StatusThrown(ILogger logger, string method, StatusCode statusCode, string detail);

        [LoggerMessage(4, LogLevel.Debug, "The caller gave up {Method}.")]
        public static partial void CallCancelled(ILogger logger, string method);

        [LoggerMessage(5, LogLevel.Debug, "The deadline of {Method} passed.")]
        public static partial void DeadlineExceeded(ILogger logger, string method);

        [LoggerMessage(6, LogLevel.Debug, "A request header of {Method} is no valid metadata and was left out: {Header}")]
        public static partial void MetadataSkipped(ILogger logger, string method, string header);

        [LoggerMessage(7, LogLevel.Error, "What a handler registered on the cancellation token of its call failed.")]
        public static partial void CallbackFailed(ILogger logger, Exception exception);

        [LoggerMessage(8, LogLevel.Debug, "{Method} was ended because the application stops.")]
        public static partial void StoppedWithApplication(ILogger logger, string method);
    }
}
