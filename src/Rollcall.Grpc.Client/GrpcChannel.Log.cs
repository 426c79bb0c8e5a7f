using Grpc.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client;

public sealed partial class GrpcChannel
{
    internal void LogCallFailed(string method, in Status status, int attempts) =>
        Log.CallFailed(_logger, method, status.StatusCode, attempts, PeerText.Shorten(status.Detail));

    internal void LogMoved(string method, Endpoint from, Endpoint to, string reason) => Log.CallMoved(_logger, method, from, to, PeerText.Shorten(reason));

    internal void LogRetry(string method, Endpoint endpoint, int attempt, in Status status, TimeSpan delay) =>
        Log.CallRetried(_logger, method, attempt, endpoint, status.StatusCode, delay, PeerText.Shorten(status.Detail));

    internal void LogHedge(string method, Endpoint endpoint, int attempt) => Log.CallHedged(_logger, method, endpoint, attempt);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Method} ended with {StatusCode} after {Attempts} attempts: {Detail}")]
        public static partial void CallFailed(ILogger logger, string method, StatusCode statusCode, int attempts, string detail);

        [LoggerMessage(2, LogLevel.Debug, "{Method} goes from {From} to {To}: {Reason}")]
        public static partial void CallMoved(ILogger logger, string method, Endpoint from, Endpoint to, string reason);

        [LoggerMessage(3, LogLevel.Debug, "{Method} is retried in {Delay}: attempt {Attempt} on {Endpoint} ended with {StatusCode}: {Detail}")]
        public static partial void CallRetried(
            ILogger logger, string method, int attempt, Endpoint endpoint, StatusCode statusCode, TimeSpan delay, string detail);

        [LoggerMessage(4, LogLevel.Error, "The channel's OnAttempt callback threw; the call goes on")]
        public static partial void ObserverFailed(ILogger logger, Exception error);

        [LoggerMessage(5, LogLevel.Debug, "{Method} is sent to {Endpoint} as well, as attempt {Attempt}")]
        public static partial void CallHedged(ILogger logger, string method, Endpoint endpoint, int attempt);
    }
}
