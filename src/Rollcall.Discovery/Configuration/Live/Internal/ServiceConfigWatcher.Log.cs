using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Configuration.Live.Internal;

internal sealed partial class ServiceConfigWatcher
{
    private const int LongestFault = 1000;

    private void Tell(SourceReading before, SourceReading after, ServiceConfigState old, ServiceConfigState state)
    {
        if (before.Failure is null && after.Failure is { } failure)
        {
            Log.ConfigUnreadable(_logger, after.Origin, Query.Service, failure.Reason.TrimEnd('.'), Kept(state, after.Origin));
        }
        else if (before.Failure is { } ended && after.Failure is null)
        {
            Log.ConfigReadable(_logger, after.Origin, Query.Service, ended.Attempts);
        }

        if (after.Refused is { } refused && refused != before.Refused)
        {
            Log.ConfigRefused(_logger, Query.Service, refused.Origin, Kept(state, refused.Origin), Shortened(refused.Fault));
        }

        if (after.Config is { WithoutEffect: { IsEmpty: false } parts } && !ReferenceEquals(before.Config, after.Config))
        {
            Log.ConfigPartsWithoutEffect(_logger, Query.Service, after.Origin, Shortened(string.Join("; ", parts)));
        }

        if (!ReferenceEquals(old.Config, state.Config))
        {
            Log.ConfigInForce(_logger, Query.Service, state.Origin ?? "the caller's own options");
        }
    }

    /// <param name="state">What is in force.</param>
    /// <param name="named">The origin that the same line names already.</param>
    private static string Kept(ServiceConfigState state, string named) => state.Origin is not { } origin ? "callers go by their own options"
        : origin == named ? "what was last read of it stays in force"
        : $"what was last read of {origin} stays in force";

    private static string Shortened(string fault) => fault.Length <= LongestFault ? fault : fault[..LongestFault] + "…";

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Information, "Calls to {Service} go by the service config of {Origin} from now on")]
        public static partial void ConfigInForce(ILogger logger, string service, string origin);

        [LoggerMessage(61, LogLevel.Warning, "The service config of {Service} in {Origin} is refused; {Kept}. {Fault}")]
        public static partial void ConfigRefused(ILogger logger, string service, string origin, string kept, string fault);

        [LoggerMessage(62, LogLevel.Warning, "{Origin} can't be read for the service config of {Service}: {Reason}; {Kept}")]
        public static partial void ConfigUnreadable(ILogger logger, string origin, string service, string reason, string kept);

        [LoggerMessage(63, LogLevel.Information, "{Origin} can be read for the service config of {Service} again, after {Attempts} failed attempts")]
        public static partial void ConfigReadable(ILogger logger, string origin, string service, int attempts);

        [LoggerMessage(64, LogLevel.Error, "A caller of {Service} could not take its new service config; the others do")]
        public static partial void ConfigNotTaken(ILogger logger, Exception error, string service);

        [LoggerMessage(65, LogLevel.Warning, "A caller of {Service} refuses the service config of {Origin}; what it went by before stays in force for it. {Fault}")]
        public static partial void ConfigRefusedByCaller(ILogger logger, string service, string origin, string fault);

        [LoggerMessage(66, LogLevel.Warning, "Not all of the service config of {Service} in {Origin} has an effect: {Parts}")]
        public static partial void ConfigPartsWithoutEffect(ILogger logger, string service, string origin, string parts);
    }
}
