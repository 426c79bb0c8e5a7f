using Microsoft.Extensions.Logging;

namespace Rollcall.Hosting.Registration;

internal sealed partial class RegistrationHostedService
{
    private static partial class Log
    {
        [LoggerMessage(22, LogLevel.Warning,
            "DrainDelay of service {Service} is {DrainDelay}, which takes all of the host's ShutdownTimeout ({ShutdownTimeout}): calls in flight will be cut off. "
            + "Raise HostOptions.ShutdownTimeout, or lower DrainDelay")]
        public static partial void NoTimeAfterDrain(ILogger logger, string service, TimeSpan drainDelay, TimeSpan shutdownTimeout);

        [LoggerMessage(23, LogLevel.Information,
            "Of the addresses that the server listens on, service {Service} is registered with {Host}:{Port}; others are {Others}. Set Port in AddServiceRegistration for another one")]
        public static partial void OneOfSeveral(ILogger logger, string service, string host, int port, string others);

        [LoggerMessage(24, LogLevel.Information, "Service {Service} is not registered: Enabled is false in AddServiceRegistration")]
        public static partial void NotEnabled(ILogger logger, string service);
    }
}
