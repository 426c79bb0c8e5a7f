using Rollcall.Agent.Logs;

namespace Rollcall.Agent.Http;

/// <summary>A request's path as it may be logged.</summary>
internal static class LoggedPath
{
    // What follows in these paths is a secret, or by mistake may be.
    private static readonly string[] s_secret = ["/v1/acl/info/", "/v1/acl/clone/", "/v1/acl/destroy/", "/v1/acl/token/"];

    /// <param name="path">Without its query, which may have a token; decoded.</param>
    public static string Of(string path) => s_secret.FirstOrDefault(prefix => path.StartsWith(prefix, StringComparison.Ordinal)) ?? LogText.FirstLine(path);
}
