using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>A path template as a route, so that ASP.NET Core's router chooses among all endpoints of the application.</summary>
internal static class PathTemplateRoute
{
    /// <summary>The pattern. Variables of one segment are route values under their field path, the other wildcards under their index.</summary>
    public static RoutePattern Create(PathTemplate template)
    {
        var names = template.Variables.Where(variable => variable.IsSingle).ToDictionary(variable => variable.Start, variable => variable.FieldPath);
        var segments = new List<RoutePatternPathSegment>(template.Segments.Count);
        for (var i = 0; i < template.Segments.Count; i++)
        {
            var verb = i == template.Segments.Count - 1 ? template.Verb : null;
            var name = names.GetValueOrDefault(i) ?? i.ToString(CultureInfo.InvariantCulture);
            segments.Add(RoutePatternFactory.Segment(CreateParts(template.Segments[i], name, verb)));
        }

        return RoutePatternFactory.Pattern(template.Text, segments);
    }

    /// <summary>The same text for any two templates that match the same paths, as the router sees it.</summary>
    public static string GetShape(PathTemplate template)
    {
        var segments = template.Segments.Select(segment => segment.Kind switch
        {
            PathSegmentKind.Single => "*",
            PathSegmentKind.Rest => "**",
            _ => segment.Text.ToUpperInvariant(),
        });
        return $"/{string.Join('/', segments)}:{template.Verb?.ToUpperInvariant()}";
    }

    /// <summary>The same for the path that a method has in gRPC.</summary>
    public static string GetShape(IMethod method) => $"{method.FullName.ToUpperInvariant()}:";

    private static RoutePatternPart[] CreateParts(PathSegment segment, string name, string? verb) => (segment.Kind, verb) switch
    {
        (PathSegmentKind.Literal, null) => [RoutePatternFactory.LiteralPart(segment.Text)],
        (PathSegmentKind.Literal, _) => [RoutePatternFactory.LiteralPart($"{segment.Text}:{verb}")],
        (PathSegmentKind.Single, null) => [RoutePatternFactory.ParameterPart(name)],
        (PathSegmentKind.Single, _) => [RoutePatternFactory.ParameterPart(name), RoutePatternFactory.LiteralPart($":{verb}")],
        (_, null) => [RoutePatternFactory.ParameterPart(name, null, RoutePatternParameterKind.CatchAll)],
        _ =>
        [
            RoutePatternFactory.ParameterPart(
                name, null, RoutePatternParameterKind.CatchAll, RoutePatternFactory.ParameterPolicy(new VerbConstraint(verb))),
        ],
    };
}
