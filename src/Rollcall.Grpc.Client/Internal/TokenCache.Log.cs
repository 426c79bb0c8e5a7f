using Microsoft.Extensions.Logging;

namespace Rollcall.Grpc.Client.Internal;

internal sealed partial class TokenCache
{
    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Debug, "There is a new access token, used until {ValidUntil}")]
        public static partial void TokenFetched(ILogger logger, DateTimeOffset validUntil);

        [LoggerMessage(21, LogLevel.Warning, "The access token was not renewed and is used until {ValidUntil}; next attempt in {Pause}: {Detail}")]
        public static partial void RefreshFailed(ILogger logger, DateTimeOffset validUntil, TimeSpan pause, string detail);

        [LoggerMessage(22, LogLevel.Error, "There is no access token, so calls fail; next attempt in {Pause}: {Detail}")]
        public static partial void NoToken(ILogger logger, TimeSpan pause, string detail);
    }
}
