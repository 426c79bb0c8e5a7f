using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Http;

internal sealed partial class AgentHttpApplication
{
    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Debug, "A request was refused or broke off: {Reason}")]
        public static partial void BadRequest(ILogger logger, string reason);

        [LoggerMessage(111, LogLevel.Error, "{Method} {Path} failed; the client was answered with 500")]
        public static partial void Failed(ILogger logger, Exception exception, string method, string path);

        [LoggerMessage(112, LogLevel.Debug, "{Method} {Path} was answered with 500: {Reason}")]
        public static partial void NotKept(ILogger logger, string method, string path, string reason);

        // In Consul's words, by which its logs are read.
        [LoggerMessage(105, LogLevel.Debug, "Request finished: method={Method} url={Url} from={Address} latency={Latency}", SkipEnabledCheck = true)]
        public static partial void Finished(ILogger logger, string method, string url, string address, string latency);
    }
}
