using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Checks;

/// <summary>The text of a URL that an HTTP check asks, as Go reads and sends it.</summary>
internal static class HttpUrl
{
    // What Go leaves in a path as it is written, and what escapes begin with.
    private static readonly SearchValues<byte> s_pathLetters =
        SearchValues.Create("-._~:/[]@!$&'()*+,;=%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly UriCreationOptions s_asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>What Go finds wrong with a URL, also a relative one, in its words; null: nothing. A query may hold any escape.</summary>
    public static string? Fault(string url)
    {
        var (before, path) = (WithoutFragment(url), PathAt(url));
        var fault = before.Any(static letter => letter is < ' ' or '\x7f') ? "net/url: invalid control character in URL"
            : before.AsSpan(0, path).Contains('\\') ? """invalid character "\\" in host name"""
            : WrongEscape(before[path..].Split('?', 2)[0]) ?? WrongEscape(url[before.Length..]);
        return fault is null ? null : $"parse {GoQuoted.Write(Redact(url))}: {fault}";
    }

    /// <summary>Reads a URL so that its path and query are sent as they are written; only letters that can't be are escaped.</summary>
    public static bool TryRead(string url, [NotNullWhen(true)] out Uri? uri)
    {
        // An unchanged URL has no fragment in .NET: it would be sent.
        url = WithoutBrackets(WithoutFragment(url));
        if (SchemeOf(url) is null || !Uri.TryCreate(url, UriKind.Absolute, out uri))
        {
            uri = null;
            return false;
        }

        var path = PathAt(url);
        return path == 0 || uri.Scheme is not ("http" or "https")
            || Uri.TryCreate($"{url[..path]}{(url.AsSpan(path) is ['/', ..] ? "" : "/")}{Escape(url[path..], Encoding.UTF8)}", s_asWritten, out uri);
    }

    /// <summary>Where an answer sends to.</summary>
    /// <param name="from">Whose answer it is.</param>
    /// <param name="location">What it says, each of its bytes a letter.</param>
    /// <param name="uri">The same, in full.</param>
    public static bool TryResolve(Uri from, string location, [NotNullWhen(true)] out Uri? uri)
    {
        location = WithoutBrackets(location);
        var path = PathAt(location);
        location = location[..path] + Escape(WithoutFragment(location)[path..], Encoding.Latin1);
        var query = location.IndexOf('?', StringComparison.Ordinal);
        if (query < 0)
        {
            return Uri.TryCreate(from, location, out uri);
        }

        // .NET would escape more of the query.
        return Uri.TryCreate(from, location[..query], out uri) && TryRead(uri.GetLeftPart(UriPartial.Path) + location[query..], out uri);
    }

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

    private static string WithoutFragment(string url) => url.Split('#', 2)[0];

    // Go takes brackets around every host, and asks for what they hold; .NET does only around addresses of IPv6.
    private static string WithoutBrackets(string url)
    {
        var (host, path) = (HostAt(url), PathAt(url));
        host += url.AsSpan(host, path - host).LastIndexOf('@') + 1;
        if (path == host || url[host] != '[')
        {
            return url;
        }

        var length = url.AsSpan(host, path - host).IndexOf(']');
        return length < 0 || url.AsSpan(host, length).Contains(':') || url.AsSpan(host + length + 1, path - host - length - 1) is not ([] or [':', ..])
            ? url
            : $"{url[..host]}{url[(host + 1)..(host + length)]}{url[(host + length + 1)..]}";
    }

    private static int HostAt(string url) =>
        SchemeOf(url) is { } scheme && url.AsSpan(scheme.Length).StartsWith("://") ? scheme.Length + "://".Length : 0;

    /// <summary>Where the path begins, or what comes in its place.</summary>
    private static int PathAt(string url)
    {
        var host = HostAt(url);
        return host == 0 ? 0 : url.AsSpan(host).IndexOfAny("/?#") is var length and >= 0 ? host + length : url.Length;
    }

    private static string? WrongEscape(string text)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            var escape = text.Substring(at, Math.Min(3, text.Length - at));
            if (escape.Length < 3 || !char.IsAsciiHexDigit(escape[1]) || !char.IsAsciiHexDigit(escape[2]))
            {
                return $"invalid URL escape {GoQuoted.Write(escape)}";
            }
        }

        return null;
    }

    private static string Escape(string pathAndQuery, Encoding encoding)
    {
        var escaped = new StringBuilder(pathAndQuery.Length);
        var isQuery = false;
        foreach (var letter in encoding.GetBytes(pathAndQuery))
        {
            isQuery |= letter == '?';
            _ = (isQuery ? letter is > (byte)' ' and < 0x7f : s_pathLetters.Contains(letter))
                ? escaped.Append((char)letter)
                : escaped.Append(CultureInfo.InvariantCulture, $"%{letter:X2}");
        }

        return escaped.ToString();
    }
}
