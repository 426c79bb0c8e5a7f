using System.Globalization;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http;

/// <summary>The parameters that all reads of shared state take.</summary>
/// <param name="MinIndex">Block until the index is above this; 0: do not block.</param>
/// <param name="Wait">How long to block at most, as the client asked for it; zero: it did not say.</param>
/// <param name="Mode">The consistency asked for.</param>
/// <param name="Cached">Whether a cached answer was asked for.</param>
internal readonly record struct QueryOptions(ulong MinIndex, TimeSpan Wait, ReadMode Mode, bool Cached)
{
    /// <summary>Reads them in Consul's order, so that of two faults the same one is reported. Gives the fault, or null.</summary>
    public static string? Parse(AgentRequest request, out QueryOptions options)
    {
        options = default;
        return ConsistencyFault(request.Query) ?? CacheFault(request) ?? ParseWait(request.Query, out options);
    }

    /// <summary>
    /// A <c>Cache-Control</c> whose ages are no whole numbers of seconds, or null. Nothing else is done with it: no answer is older than it allows.
    /// </summary>
    public static string? CacheFault(AgentRequest request)
    {
        var header = request.Context.Request.Headers.CacheControl;
        if (header.Count == 0)
        {
            return null;
        }

        foreach (var part in header.ToString().Split(','))
        {
            var (name, value) = part.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at ? (part[..at].Trim(), part[(at + 1)..].Trim()) : (part, null);
            if (value is not null && IsAge(name) && !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            {
                return "Invalid Cache-Control header.";
            }
        }

        return null;

        static bool IsAge(string name) =>
            name.Equals("max-age", StringComparison.OrdinalIgnoreCase) || name.Equals("stale-if-error", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Those of a read that has nothing to be consistent with.</summary>
    public static string? ParseWait(in Query query, out QueryOptions options)
    {
        options = default;
        var wait = TimeSpan.Zero;
        if (query["wait"] is { Length: > 0 } waitText && !GoDuration.TryParse(waitText, out wait))
        {
            return "Invalid wait time";
        }

        ulong index = 0;
        if (query["index"] is { Length: > 0 } indexText
            && !ulong.TryParse(indexText, NumberStyles.None, CultureInfo.InvariantCulture, out index))
        {
            return "Invalid index";
        }

        wait = wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        var mode = query.Has("stale") ? ReadMode.Stale : query.Has("consistent") ? ReadMode.Consistent : ReadMode.Leader;
        options = new QueryOptions(index, wait, mode, query.Has("cached"));
        return null;
    }

    /// <summary>A namespace, where there could be some and are none, or null.</summary>
    public static string? NamespaceFault(in Query query, string parameter = "ns") =>
        query[parameter].Length > 0 ? $"Bad request: Invalid query parameter: \"{parameter}\" - Namespaces are a Consul Enterprise feature" : null;

    /// <summary>Two parameters that contradict each other, or null.</summary>
    public static string? ConsistencyFault(in Query query) =>
        !query.Has("consistent") ? null
        : query.Has("stale") ? "Cannot specify ?stale with ?consistent, conflicting semantics."
        : query.Has("cached") ? "Cannot specify ?cached with ?consistent, conflicting semantics."
        : null;
}
