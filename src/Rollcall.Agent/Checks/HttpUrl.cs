namespace Rollcall.Agent.Checks;

/// <summary>The text of a URL that an HTTP check asks, as Go reads and sends it.</summary>
internal static class HttpUrl
{
    /// <summary>What a URL says before its first colon; null: it is relative.</summary>
    public static string? SchemeOf(string url) => url.AsSpan().IndexOfAny(":/?#") is var at and > 0 && url[at] == ':' ? url[..at] : null;

    /// <summary>The URL with <c>***</c> for its password.</summary>
    public static string Redact(string url)
    {
        var at = url.AsSpan(0, PathAt(url)).LastIndexOf('@');
        var user = HostAt(url);
        var colon = at < 0 ? -1 : url.IndexOf(':', user, at - user);
        return colon < 0 ? url : $"{url[..colon]}:***{url[at..]}";
    }

    private static int HostAt(string url) =>
        SchemeOf(url) is { } scheme && url.AsSpan(scheme.Length).StartsWith("://") ? scheme.Length + "://".Length : 0;

    /// <summary>Where the path begins, or what comes in its place.</summary>
    private static int PathAt(string url)
    {
        var host = HostAt(url);
        return host == 0 ? 0 : url.AsSpan(host).IndexOfAny("/?#") is var length and >= 0 ? host + length : url.Length;
    }
}
