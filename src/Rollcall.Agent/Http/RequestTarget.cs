using System.Buffers;
using System.Globalization;
using System.Text;

namespace Rollcall.Agent.Http;

/// <summary>The path and query of a request. The path is taken raw, because <c>%2F</c> in a key means a slash here.</summary>
/// <param name="Path">The decoded path.</param>
/// <param name="RawPath">The path as it came.</param>
/// <param name="RawQuery">The query as it came, without the question mark.</param>
/// <param name="Query">The decoded query.</param>
internal readonly record struct RequestTarget(string Path, string RawPath, string RawQuery, Query Query)
{
    // What Go takes in no URL. In a Location it would not be allowed either.
    private static readonly SearchValues<char> s_controls =
        SearchValues.Create([.. Enumerable.Range(0, 0x80).Select(static code => (char)code).Where(char.IsControl)]);

    /// <summary>False if the target is not well formed.</summary>
    public static bool TryParse(string rawTarget, out RequestTarget target)
    {
        var text = rawTarget.AsSpan();
        target = default;
        if (text.ContainsAny(s_controls))
        {
            return false;
        }

        if (!text.StartsWith("/"))
        {
            // Absolute form, as proxies send it.
            var scheme = text.IndexOf("://");
            var slash = scheme < 0 ? -1 : text[(scheme + 3)..].IndexOf('/');
            text = slash < 0 ? "/" : text[(scheme + 3 + slash)..];
        }

        var mark = text.IndexOf('?');
        var length = mark < 0 ? text.Length : mark;

        // Most are nothing but a path, with nothing to decode.
        var path = length == rawTarget.Length ? rawTarget : text[..length].ToString();
        var decoded = path;
        if (path.Contains('%', StringComparison.Ordinal) && !PercentDecoder.TryDecode(path, plusIsSpace: false, out decoded))
        {
            return false;
        }

        var query = mark < 0 ? default : text[(mark + 1)..];
        target = new RequestTarget(decoded, path, query.ToString(), Query.Parse(query));
        return true;
    }

    /// <summary>Whether the path holds only what Go calls printable. Consul refuses all others, whatever the endpoint.</summary>
    public bool IsPrintable()
    {
        foreach (var rune in Path.EnumerateRunes())
        {
            var printable = rune.Value is >= ' ' and < 0x7F || Rune.GetUnicodeCategory(rune) is not (
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            if (!printable)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The path without empty and dot segments, if it has any; Go redirects to it. Null: it is clean.</summary>
    public string? CleanPath()
    {
        if (!Path.Contains("//", StringComparison.Ordinal) && !Path.Contains("/.", StringComparison.Ordinal))
        {
            return null;
        }

        var segments = new List<string>();
        foreach (var segment in Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment is not ("." or ".."))
            {
                segments.Add(segment);
            }
        }

        var clean = "/" + string.Join('/', segments) + (Path.EndsWith('/') && segments.Count > 0 ? "/" : "");
        return clean == Path ? null : Encode(clean);
    }

    /// <summary>As Go writes a path into a <c>Location</c>.</summary>
    private static string Encode(string path)
    {
        var encoded = new StringBuilder(path.Length);
        foreach (var b in Encoding.UTF8.GetBytes(path))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || "-_.~$&+,/:;=@"u8.Contains(b))
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return encoded.ToString();
    }
}
