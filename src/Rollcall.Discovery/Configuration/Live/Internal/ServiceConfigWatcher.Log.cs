using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Configuration.Live.Internal;

internal sealed partial class ServiceConfigWatcher
{
    private const int LongestFault = 1000;

    private void Tell(IServiceConfigSource source, OutageLog.Member told, SourceReading before, SourceReading after, ServiceConfigState old, ServiceConfigState state)
    {
        if (after.Failure is { } failure && failure != before.Failure)
        {
            Tell(source, told, after.Origin, failure, state);
        }
        else if (before.Failure is { } ended && after.Failure is null)
        {
            TellBack(told, after.Origin, ended);
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

    private void Tell(IServiceConfigSource source, OutageLog.Member told, string origin, SourceFailure failure, ServiceConfigState state)
    {
        var reason = failure.Reason.TrimEnd('.');
        var (line, others) = told.Fail(reason, Query.Service, failure.Error is { } error && source.IsRefusal(Query, error));
        if (line == OutageLog.Line.None)
        {
            Log.ConfigUnreadableToo(_logger, origin, Query.Service, reason, Kept(state, origin));
        }
        else if (line == OutageLog.Line.Still)
        {
            Log.ConfigStillUnreadable(_logger, origin, Query.Service, failure.Since, failure.Attempts, reason, others);
        }
        else if (others > 0)
        {
            Log.ConfigsUnreadable(_logger, origin, Query.Service, reason, Kept(state, origin), others);
        }
        else
        {
            Log.ConfigUnreadable(_logger, origin, Query.Service, reason, Kept(state, origin));
        }
    }

    private void TellBack(OutageLog.Member told, string origin, SourceFailure ended)
    {
        var (isNews, failing) = told.Succeed();
        if (!isNews)
        {
            Log.ConfigReadableToo(_logger, origin, Query.Service, ended.Attempts);
        }
        else if (failing > 0)
        {
            Log.ConfigsReadable(_logger, origin, Query.Service, ended.Attempts, failing);
        }
        else
        {
            Log.ConfigReadable(_logger, origin, Query.Service, ended.Attempts);
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

        [LoggerMessage(85, LogLevel.Warning, "{Origin} can't be read for the service config of {Service}: {Reason}; {Kept}. Further configs of the same source: {Others}; those that fail alike are told at level Debug")]
        public static partial void ConfigsUnreadable(ILogger logger, string origin, string service, string reason, string kept, int others);

        [LoggerMessage(86, LogLevel.Warning, "{Origin} still can't be read for the service config of {Service}, not since {Since:u}, attempts: {Attempts}. The last one: {Reason}. Further configs of the same source that can't be read: {Others}")]
        public static partial void ConfigStillUnreadable(ILogger logger, string origin, string service, DateTimeOffset since, int attempts, string reason, int others);

        [LoggerMessage(87, LogLevel.Debug, "{Origin} can't be read for the service config of {Service} either: {Reason}; {Kept}")]
        public static partial void ConfigUnreadableToo(ILogger logger, string origin, string service, string reason, string kept);

        [LoggerMessage(88, LogLevel.Information, "{Origin} can be read for the service config of {Service} again, after {Attempts} failed attempts. Configs that are to be read again: {Failing}")]
        public static partial void ConfigsReadable(ILogger logger, string origin, string service, int attempts, int failing);

        [LoggerMessage(89, LogLevel.Debug, "{Origin} can be read for the service config of {Service} again, too, after {Attempts} failed attempts")]
        public static partial void ConfigReadableToo(ILogger logger, string origin, string service, int attempts);

        [LoggerMessage(64, LogLevel.Error, "A caller of {Service} could not take its new service config; the others do")]
        public static partial void ConfigNotTaken(ILogger logger, Exception error, string service);

        [LoggerMessage(65, LogLevel.Warning, "A caller of {Service} refuses the service config of {Origin}; what it went by before stays in force for it. {Fault}")]
        public static partial void ConfigRefusedByCaller(ILogger logger, string service, string origin, string fault);

        [LoggerMessage(66, LogLevel.Warning, "Not all of the service config of {Service} in {Origin} has an effect: {Parts}")]
        public static partial void ConfigPartsWithoutEffect(ILogger logger, string service, string origin, string parts);
    }
}
