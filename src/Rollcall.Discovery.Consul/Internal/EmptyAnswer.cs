using Rollcall.Consul.Wire;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>Words for why a query has no instance.</summary>
internal static class EmptyAnswer
{
    private const int MaxListed = 3;
    private const int MaxOutput = 80;

    /// <param name="query">What was asked.</param>
    /// <param name="all">Everything registered under the name.</param>
    /// <param name="filtered">The server said that access rules removed something.</param>
    /// <param name="tokenOrigin">Where the token is from, or where to put one.</param>
    public static string Explain(ServiceQuery query, IReadOnlyList<HealthServiceEntry> all, bool filtered, string tokenOrigin)
    {
        var hidden = filtered
            ? $"access rules removed instances from the answer: put a token that may read the service into {tokenOrigin}"
            : "if access rules are in force, the token may not be allowed to see it";
        if (all.Count == 0)
        {
            return $"none is registered ({hidden})";
        }

        var parts = new List<string>();
        foreach (var tag in query.Tags)
        {
            var without = all.Count(e => e.Service.Tags?.Contains(tag) is not true);
            if (without > 0)
            {
                parts.Add($"{without} without tag {tag}");
            }
        }
        if (query.PassingOnly)
        {
            Func<HealthServiceEntry, bool> isLeftOut = query.WarningToo ? EndpointMapping.IsCritical : static e => e.Checks.Any(static c => c.Status != CheckStatus.Passing);
            HealthServiceEntry[] failing = [.. all.Where(isLeftOut)];
            if (failing.Length > 0)
            {
                parts.Add($"{failing.Length} {(query.WarningToo ? "critical" : "not passing")} ({string.Join("; ", failing.Take(MaxListed).Select(Describe))}{(failing.Length > MaxListed ? "; …" : "")})");
            }
        }
        if (query.Filter is not null)
        {
            parts.Add("the filter leaves none of the rest");
        }

        if (filtered)
        {
            parts.Add(hidden);
        }

        return $"{all.Count} registered, {(parts.Count == 0 ? "but none in the answer" : string.Join(", ", parts))}";
    }

    /// <summary>All that is known when it can't be asked what is registered.</summary>
    public static string Unexplained(ServiceQuery query) =>
        !query.PassingOnly ? "none is registered"
        : query.WarningToo ? "none is registered without a critical check"
        : "none is registered and passing its checks";

    private static string Describe(HealthServiceEntry entry)
    {
        var check = entry.Checks.Where(static c => c.Status != CheckStatus.Passing).MaxBy(static c => c.Status == CheckStatus.Critical)!;
        var output = check.Output.Trim().ReplaceLineEndings(" ");
        if (output.Length > MaxOutput)
        {
            output = string.Concat(output.AsSpan(0, MaxOutput - 1), "…");
        }

        return $"{entry.Service.Id}: {check.Name} is {check.Status}{(output.Length == 0 ? "" : $", {output}")}";
    }
}
