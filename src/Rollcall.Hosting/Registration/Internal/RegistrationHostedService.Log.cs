using Microsoft.Extensions.Logging;

namespace Rollcall.Hosting.Registration;

internal sealed partial class RegistrationHostedService
{
    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Warning,
            "Service {Service} is registered at {Address} with an agent elsewhere ({Agent}): only callers on this machine can reach it. "
            + "Bind the server to an address of the network, or set Address")]
        public static partial void OnlyLoopback(ILogger logger, string service, string address, string agent);
    }
}
