using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// The segments of a request path that the router matched to a template, and from them the values of its variables.
/// </summary>
/// <remarks>
/// A value of one segment is decoded whole; in a value of several, <c>%2F</c> stays, because it is no separator (http.proto). The server's
/// decoded path no longer tells <c>%2F</c> from <c>%252F</c>, so the segments are taken from the request target where nothing rewrote the path.
/// </remarks>
internal readonly struct PathValues
{
    private const string EncodedSlash = "%2F";

    private readonly PathTemplate _template;
    private readonly string[] _segments;
    private readonly bool _encoded;

    private PathValues(PathTemplate template, string[] segments, bool encoded)
    {
        _template = template;
        _segments = segments;
        _encoded = encoded;
    }

    public static PathValues Read(HttpContext httpContext, PathTemplate template)
    {
        // A group of routes puts its prefix in front of the template.
        var pattern = (httpContext.GetEndpoint() as RouteEndpoint)?.RoutePattern.PathSegments.Count ?? template.Segments.Count;
        var prefix = pattern - template.Segments.Count;
        var request = httpContext.Request;
        var path = request.PathBase.Add(request.Path);
        var target = httpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        target = query < 0 ? target : target[..query];
        if (!target.StartsWith('/') || PathString.FromUriComponent(target) != path)
        {
            return new PathValues(template, Split(request.Path.Value, template.HasRest)[prefix..], encoded: false);
        }

        return new PathValues(template, Split(target, template.HasRest)[(Split(request.PathBase.Value, keepsEnd: false).Length + prefix)..], encoded: true);
    }

    public string Get(PathVariable variable)
    {
        var toEnd = variable.Start + variable.Count == _template.Segments.Count;
        var end = toEnd ? _segments.Length : variable.Start + variable.Count;
        var text = variable.Start < end ? string.Join('/', _segments[variable.Start..end]) : "";
        if (toEnd && variable.Count > 1 && _template.HasRest && end < _template.Segments.Count)
        {
            text += '/'; // "c/**" without anything for the stars, as others have it.
        }

        if (toEnd && _template.Verb is not null)
        {
            text = WithoutVerb(text, _template.Verb);
        }

        return variable.IsSingle ? Decode(text) : DecodeKeepingSlashes(text);
    }

    // The router compared decoded text; here colons, and whatever else, may be encoded. So many colons from the end it begins.
    private string WithoutVerb(string text, string verb)
    {
        for (var colons = verb.AsSpan().Count(':') + 1; colons > 0; colons--)
        {
            var plain = text.LastIndexOf(':');
            var encoded = _encoded ? text.LastIndexOf("%3A", StringComparison.OrdinalIgnoreCase) : -1;
            text = text[..Math.Max(plain, encoded)];
        }

        return text;
    }

    private string Decode(string text) =>
        _encoded ? Uri.UnescapeDataString(text) : text.Replace(EncodedSlash, "/", StringComparison.OrdinalIgnoreCase);

    private string DecodeKeepingSlashes(string text)
    {
        if (!_encoded || !text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        // Escaped once more, an encoded slash comes out of decoding as it was.
        return Uri.UnescapeDataString(text.Replace("%2F", "%252F", StringComparison.Ordinal).Replace("%2f", "%252f", StringComparison.Ordinal));
    }

    // Like the router, it takes no notice of a slash at the end, unless what takes the rest of the path takes that, too.
    private static string[] Split(string? path, bool keepsEnd) =>
        path is null or "" or "/" ? [] : path[1..(path.EndsWith('/') && !keepsEnd ? path.Length - 1 : path.Length)].Split('/');
}
