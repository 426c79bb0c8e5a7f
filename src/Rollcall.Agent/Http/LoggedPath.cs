using System.Text;
using Rollcall.Agent.Logs;

namespace Rollcall.Agent.Http;

/// <summary>A request's path, or all of its target, as it may be logged.</summary>
internal static class LoggedPath
{
    // As Consul hides what it does.
    private const string Hidden = "<hidden>";

    // What follows in these paths is a secret, or by mistake may be.
    private static readonly string[] s_secret = ["/v1/acl/info/", "/v1/acl/clone/", "/v1/acl/destroy/", "/v1/acl/token/"];

    /// <param name="path">Without its query, which may have a token; decoded.</param>
    public static string Of(string path) => SecretPrefix(path) ?? LogText.FirstLine(path);

    /// <summary>The path and the query as they came, without secrets.</summary>
    public static string Of(in RequestTarget target) =>
        SecretPrefix(target.Path) is { } prefix ? prefix + Hidden
        : target.RawQuery.Length == 0 ? LogText.FirstLine(target.RawPath)
        : LogText.FirstLine($"{target.RawPath}?{WithoutTokens(target.RawQuery)}");

    private static string? SecretPrefix(string path) => s_secret.FirstOrDefault(prefix => path.StartsWith(prefix, StringComparison.Ordinal));

    private static string WithoutTokens(string query)
    {
        var shown = new StringBuilder(query.Length);
        foreach (var range in query.AsSpan().SplitAny("&;"))
        {
            var part = query.AsSpan()[range];
            var equals = part.IndexOf('=');

            // However the name is written: another case is a slip.
            var isToken = equals >= 0 && PercentDecoder.TryDecode(part[..equals], plusIsSpace: true, out var name) && name.Equals("token", StringComparison.OrdinalIgnoreCase);
            shown.Append(isToken ? part[..(equals + 1)] : part).Append(isToken ? Hidden : "");
            if (range.End.Value < query.Length)
            {
                shown.Append(query[range.End.Value]);
            }
        }

        return shown.ToString();
    }
}
