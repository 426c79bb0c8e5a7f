using System.Globalization;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http;

/// <summary>The parameters that all reads of shared state take.</summary>
/// <param name="MinIndex">Block until the index is above this; 0: do not block.</param>
/// <param name="Wait">How long to block at most, without jitter.</param>
/// <param name="Mode">The consistency asked for.</param>
/// <param name="Cached">Whether a cached answer was asked for.</param>
internal readonly record struct QueryOptions(ulong MinIndex, TimeSpan Wait, ReadMode Mode, bool Cached)
{
    /// <summary>Reads them in Consul's order, so that of two faults the same one is reported. Gives the fault, or null.</summary>
    public static string? Parse(in Query query, out QueryOptions options)
    {
        options = default;
        var stale = query.Has("stale");
        var consistent = query.Has("consistent");
        var cached = query.Has("cached");
        if (stale && consistent)
        {
            return "Cannot specify ?stale with ?consistent, conflicting semantics.";
        }

        if (cached && consistent)
        {
            return "Cannot specify ?cached with ?consistent, conflicting semantics.";
        }

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

        wait = wait <= TimeSpan.Zero ? BlockingIndex.DefaultWait : wait > BlockingIndex.MaxWait ? BlockingIndex.MaxWait : wait;
        options = new QueryOptions(index, wait, stale ? ReadMode.Stale : consistent ? ReadMode.Consistent : ReadMode.Leader, cached);
        return null;
    }
}
