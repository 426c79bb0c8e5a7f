using Microsoft.Extensions.Logging;

namespace Rollcall.Hosting.Registration;

internal sealed partial class RegistrationLoop
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Registered service {Service} as {Id} at {Address}:{Port} with the agent at {Agent}")]
        public static partial void Registered(ILogger logger, string service, string id, string? address, int port, string agent);

        [LoggerMessage(2, LogLevel.Information, "Deregistered {Id} from the agent at {Agent}")]
        public static partial void Deregistered(ILogger logger, string id, string agent);

        [LoggerMessage(3, LogLevel.Warning,
            "{Id} could not be deregistered and {Consequence}: {Reason}")]
        public static partial void NotDeregistered(ILogger logger, string id, string consequence, string reason);

        [LoggerMessage(4, LogLevel.Warning, "The agent at {Agent} differs for {Id}: {Difference}; registering again")]
        public static partial void Differs(ILogger logger, string id, string agent, string difference);
    }
}
