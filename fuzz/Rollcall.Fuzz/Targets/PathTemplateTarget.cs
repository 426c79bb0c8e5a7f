using System.Text;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Fuzz.Targets;

/// <summary>Path templates of google.api.http.</summary>
internal sealed class PathTemplateTarget : IFuzzTarget
{
    public string Name => "path-template";

    public IReadOnlyList<string> Tokens => ["/", "*", "**", "{", "}", "=", ":", "{name=", "a.b", "%2F", "%", "%C3%BC", "?", "v1"];

    public int Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!PathTemplate.TryParse(text, out var template, out var fault))
        {
            BrokenInvariantException.Unless(fault.Length > 0, "a fault is named");
            return fault.Length % 64;
        }

        BrokenInvariantException.Unless(template.Text == text, "the text is kept");
        var end = 0;
        foreach (var variable in template.Variables)
        {
            BrokenInvariantException.Unless(variable.Start >= end && variable.Count > 0, "variables come one after the other");
            end = variable.Start + variable.Count;
        }

        BrokenInvariantException.Unless(end <= template.Segments.Count, "variables lie within the template");
        var rests = template.Segments.Count(segment => segment.Kind == PathSegmentKind.Rest);
        BrokenInvariantException.Unless(rests == (template.HasRest ? 1 : 0), "only the end takes the rest");
        return HashCode.Combine(template.Segments.Count, template.Variables.Count, template.Verb is null, rests);
    }
}
