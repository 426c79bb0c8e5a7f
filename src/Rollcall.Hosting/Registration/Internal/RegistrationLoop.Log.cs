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

        [LoggerMessage(11, LogLevel.Information,
            "{Id} is registered by another with the agent at {Agent} ({Service} at {Address}:{Port}), and is left to it: it is not deregistered")]
        public static partial void LeftToAnother(ILogger logger, string id, string agent, string service, string? address, int port);

        [LoggerMessage(12, LogLevel.Warning,
            "{Id} was in maintenance mode, which ended when it was deregistered: when it starts again, it takes calls. "
            + "To keep instances out while they are deployed, put their node into maintenance mode (consul maint -enable)")]
        public static partial void MaintenanceEnded(ILogger logger, string id);

        [LoggerMessage(16, LogLevel.Warning,
            "{Id} has other data with the agent at {Agent} than was registered ({Service} at {Address}:{Port}). Another instance may have been given the same Id, Address and Port, so it is "
            + "not deregistered. If none has, deregister it by hand, and leave Id to Rollcall")]
        public static partial void LeftWithOtherData(ILogger logger, string id, string agent, string service, string? address, int port);

        [LoggerMessage(20, LogLevel.Warning,
            "Service {Service} is registered at {Address} with an agent elsewhere ({Agent}): only callers on this machine can reach it. "
            + "Bind the server to an address of the network, or set Address")]
        public static partial void OnlyLoopback(ILogger logger, string service, string? address, string agent);

        [LoggerMessage(21, LogLevel.Warning,
            "Service {Service} is registered at {Address}, and its agent's node is {Node}: callers on other machines of the cluster can't reach it. "
            + "Bind the server to an address of the network, or set Address")]
        public static partial void LoopbackInACluster(ILogger logger, string service, string? address, string node);

        [LoggerMessage(25, LogLevel.Warning,
            "At {Agent} there is another agent than before: {Id} is registered on node {Node} now, and was on {Before}. If that agent lives, it goes on listing the service there, "
            + "so that callers see it twice: deregister it there (rollcall deregister {Id} -http-addr with that agent's address)")]
        public static partial void RegisteredElsewhere(ILogger logger, string id, string agent, string node, string before);
    }
}
