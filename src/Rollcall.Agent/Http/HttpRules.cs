using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Agent.Http;

/// <summary>What the configuration wants of every answer.</summary>
/// <param name="Headers">Added to each.</param>
/// <param name="Blocked">Paths that are refused, with everything that begins like them.</param>
/// <param name="AllowsUnprintable">Whether paths may hold characters that cannot be printed.</param>
internal sealed record HttpRules(IReadOnlyDictionary<string, string> Headers, IReadOnlyList<string> Blocked, bool AllowsUnprintable)
{
    // By these the server says where an answer ends.
    private static readonly string[] s_own = ["Connection", "Content-Length", "Transfer-Encoding"];

    // RFC 9110 5.6.2.
    private static readonly SearchValues<char> s_name = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Why a header can't be sent with every answer; null: it can.</summary>
    public static string? HeaderFault(string name, string value) =>
        name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_name) ? $"\"{name}\" is no name of a header: use letters, digits and dashes"
        : s_own.Contains(name, StringComparer.OrdinalIgnoreCase) ? $"\"{name}\" is up to the agent: leave it out"
        : value.Any(static letter => letter is < ' ' and not '\t' or '\x7f') ? $"the value of \"{name}\" has a control character in it: leave it out"
        : null;

    /// <summary>In what headers are written that are not ASCII: UTF-8, as Consul's. Null for all others, which are cheaper so.</summary>
    public static Func<string, Encoding?> HeaderEncoding(IReadOnlyDictionary<string, string> headers)
    {
        var others = headers.Where(static header => !Ascii.IsValid(header.Value)).Select(static header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return name => others.Contains(name) ? Encoding.UTF8 : null;
    }

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
