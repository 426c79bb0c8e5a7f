using Microsoft.Extensions.Logging;

namespace Rollcall.Hosting.Registration;

internal sealed partial class RegistrationStatus
{
    private static partial class Log
    {
        [LoggerMessage(5, LogLevel.Warning, "The agent can't be asked about {Id}; trying on: {Reason}")]
        public static partial void AgentLost(ILogger logger, string id, string reason);

        [LoggerMessage(6, LogLevel.Error, "The agent refuses {Id}; trying on: {Reason}")]
        public static partial void Refused(ILogger logger, string id, string reason);

        [LoggerMessage(7, LogLevel.Error, "Looking after the registration of {Id} failed; trying on")]
        public static partial void Broken(ILogger logger, string id, Exception? exception);

        [LoggerMessage(9, LogLevel.Error, "{Id} is registered by another, too; taking turns, ever more rarely: {Reason}")]
        public static partial void Contested(ILogger logger, string id, string reason);

        [LoggerMessage(10, LogLevel.Warning, "{Id} can't be registered yet; trying on: {Reason}")]
        public static partial void NoAddress(ILogger logger, string id, string reason);

        [LoggerMessage(17, LogLevel.Error, "What answers in the agent's place for {Id} is no Consul agent; trying on: {Reason}")]
        public static partial void ForeignAnswer(ILogger logger, string id, string reason);

        [LoggerMessage(18, LogLevel.Warning, "For {Id} it is another reason now; trying on: {Reason}")]
        public static partial void AnotherReason(ILogger logger, string id, string reason);

        [LoggerMessage(19, LogLevel.Warning, "{Id} can't be looked after since {Since}, in {Attempts} attempts; trying on: {Reason}")]
        public static partial void StillFailing(ILogger logger, string id, DateTimeOffset since, int attempts, string reason);

        [LoggerMessage(8, LogLevel.Information, "The agent at {Agent} answers for {Id} again")]
        public static partial void Recovered(ILogger logger, string id, string agent);

        [LoggerMessage(13, LogLevel.Information, "There is an address now: {Id} is registered")]
        public static partial void AddressFound(ILogger logger, string id);

        [LoggerMessage(14, LogLevel.Information, "{Id} is registered by nobody else any more")]
        public static partial void ContestOver(ILogger logger, string id);

        [LoggerMessage(15, LogLevel.Information, "Looking after the registration of {Id} works again")]
        public static partial void Mended(ILogger logger, string id);
    }
}
