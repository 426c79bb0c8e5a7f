using Microsoft.AspNetCore.Http;

namespace Rollcall.Agent.Http;

/// <summary>What the configuration wants of every answer.</summary>
/// <param name="Headers">Added to each.</param>
/// <param name="Blocked">Paths that are refused, with everything that begins like them.</param>
internal sealed record HttpRules(IReadOnlyDictionary<string, string> Headers, IReadOnlyList<string> Blocked)
{
    public void AddHeaders(HttpResponse response)
    {
        foreach (var (name, value) in Headers)
        {
            response.Headers[name] = value;
        }
    }

    public bool Blocks(string path)
    {
        foreach (var prefix in Blocked)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
