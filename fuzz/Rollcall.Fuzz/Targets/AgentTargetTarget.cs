using System.Text;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Http;

namespace Rollcall.Fuzz.Targets;

/// <summary>Request targets of the agent's API: path and query string.</summary>
internal sealed class AgentTargetTarget : IFuzzTarget
{
    public string Name => "agent-target";

    public IReadOnlyList<string> Tokens { get; } =
    [
        "/", "//", "/../", "/./", "/v1/kv/", "/v1/health/service/", "?", "&", "=", ";", "+", "%", "%2F", "%00", "%C3%A9", "%zz", "http://a/", "index=", "wait=", "10s", "stale", "consistent", "cached",
        "pretty", "18446744073709551615", "-1", "tag=a", "filter=", "node-meta=a:b", "near=_agent", "#",
    ];

    public int Run(byte[] input)
    {
        if (!RequestTarget.TryParse(Encoding.Latin1.GetString(input), out var target))
        {
            return -1;
        }

        if (target.CleanPath() is { } clean)
        {
            BrokenInvariantException.Unless(clean.StartsWith('/'), "a cleaned path begins with a slash");
            BrokenInvariantException.Unless(RequestTarget.TryParse(clean, out var again) && again.CleanPath() is null, "a cleaned path is clean");
            return 1;
        }

        var fault = QueryOptions.Parse(new AgentRequest(new DefaultHttpContext(), target, ""), out var options);
        BrokenInvariantException.Unless(fault is not null || options.Wait >= TimeSpan.Zero, "a wait is not negative");
        return (target.IsPrintable() ? 2 : 3) + (fault is null ? 4 * Math.Min(target.Query.Pairs.Count, 8) : -20 - fault.Length);
    }
}
