using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Agent.Overload;

/// <summary>How a refusal is answered.</summary>
internal static class Refusal
{
    // Spread over some seconds, so that those who were refused together do not come back together.
    private const int MaxSeconds = 5;

    /// <summary>Seconds for <c>Retry-After</c>.</summary>
    public static string RetryAfter() => Random.Shared.Next(1, MaxSeconds + 1).ToString(CultureInfo.InvariantCulture);

    public static int Status(RefusalReason reason) =>
        reason is RefusalReason.ClientWatchers or RefusalReason.ClientBytes or RefusalReason.ClientFilters ? StatusCodes.Status429TooManyRequests : StatusCodes.Status503ServiceUnavailable;

    public static string Text(RefusalReason reason) => reason switch
    {
        RefusalReason.Watchers => "The agent is overloaded: as many queries wait as may (limits.max_watchers)",
        RefusalReason.ClientWatchers => "Too many queries of this client wait (limits.max_watchers_per_client)",
        RefusalReason.Bytes => "The agent is overloaded: too much is on its way to and from clients (limits.max_bytes_in_flight)",
        RefusalReason.ClientBytes => "Too much is on its way to and from this client (limits.max_bytes_in_flight_per_client)",
        RefusalReason.ClientFilters => $"As many filters of this client with large regular expressions are under way as may, {AgentLoad.MaxFiltersPerClient}: ask one after the other",
        _ => "The agent is overloaded: its memory runs out (limits.max_memory)",
    };

    /// <summary>As metrics and the log name it.</summary>
    public static string Name(RefusalReason reason) => reason switch
    {
        RefusalReason.Watchers => "watchers",
        RefusalReason.ClientWatchers => "client_watchers",
        RefusalReason.Bytes => "bytes",
        RefusalReason.ClientBytes => "client_bytes",
        RefusalReason.ClientFilters => "client_filters",
        RefusalReason.Memory => "memory",
        RefusalReason.Connections => "connections",
        RefusalReason.ClientConnections => "client_connections",
        RefusalReason.SlowClient => "slow_client",
        RefusalReason.Body => "body",
        RefusalReason.Head => "head",
        _ => "tls_handshake",
    };
}
