using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Acl;

namespace Rollcall.Agent.Http;

/// <summary>Logs requests that access control refused: so many a minute, because who is refused may ask again and again. Safe for use by many threads.</summary>
/// <param name="acl">Knows the tokens.</param>
/// <param name="time">The clock of the minutes.</param>
/// <param name="logger">Where it logs to.</param>
internal sealed partial class DenialLog(AclGate acl, TimeProvider time, ILogger logger)
{
    private const int PerMinute = 20;
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    // Both under _lock.
    private long _began = time.GetTimestamp();
    private int _count;

    public void Add(HttpContext context, string reason)
    {
        var count = Count();
        if (count == PerMinute + 1)
        {
            Log.More(logger);
        }

        if (count > PerMinute || !RequestTarget.TryParse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out var target))
        {
            return;
        }

        var request = new AgentRequest(context, target, "");
        Log.Refused(logger, context.Request.Method, LoggedPath.Of(request.Path), reason, acl.AccessorOf(request.Secret), context.Connection.RemoteIpAddress?.ToString() ?? "");
    }

    private int Count()
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_began) >= s_minute)
            {
                (_began, _count) = (time.GetTimestamp(), 0);
            }

            // Stops where nothing is logged any more.
            return _count = Math.Min(_count + 1, PerMinute + 2);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(116, LogLevel.Warning, "Request refused: {Method} {Path}: {Reason} accessor={Accessor} from={Address}")]
        public static partial void Refused(ILogger logger, string method, string path, string reason, string accessor, string address);

        [LoggerMessage(117, LogLevel.Warning, "More requests are refused: no more of them are logged in this minute")]
        public static partial void More(ILogger logger);
    }
}
