using System.Diagnostics.CodeAnalysis;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The path of a google.api.http rule, such as <c>/v1/{name=shelves/*/books/*}:move</c>. Immutable.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Segments">Its segments, variables taken apart; <see cref="PathSegmentKind.Rest"/> is only the last one.</param>
/// <param name="Variables">The variables, in order.</param>
/// <param name="Verb">What follows the colon of the last segment, decoded; null without.</param>
internal sealed record PathTemplate(
    string Text, IReadOnlyList<PathSegment> Segments, IReadOnlyList<PathVariable> Variables, string? Verb)
{
    /// <summary>True when the template ends with <c>**</c>.</summary>
    public bool HasRest => Segments.Count > 0 && Segments[^1].Kind == PathSegmentKind.Rest;

    /// <summary>Reads a template; on failure <paramref name="fault"/> says what is wrong and where.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PathTemplate? template, [NotNullWhen(false)] out string? fault)
    {
        var parser = new PathTemplateParser(text);
        template = parser.Parse();
        fault = template is null ? parser.Fault : null;
        return template is not null;
    }
}
