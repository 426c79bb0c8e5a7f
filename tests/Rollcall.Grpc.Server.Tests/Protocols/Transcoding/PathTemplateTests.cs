using Microsoft.AspNetCore.Routing.Patterns;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

public sealed class PathTemplateTests
{
    [Theory]
    [InlineData("/", "", "", null)]
    [InlineData("/v1", "v1", "", null)]
    [InlineData("/v1/shelves", "v1 shelves", "", null)]
    [InlineData("/v1/*/x/**", "v1 * x **", "", null)]
    [InlineData("/v1/{name}", "v1 *", "name@1+1!", null)]
    [InlineData("/v1/{name=*}", "v1 *", "name@1+1!", null)]
    [InlineData("/v1/{name=**}", "v1 **", "name@1+1", null)]
    [InlineData("/v1/{name=shelves}", "v1 shelves", "name@1+1", null)]
    [InlineData("/v1/{name=shelves/*/books/**}:move", "v1 shelves * books **", "name@1+4", "move")]
    [InlineData("/v1/{a.b_c.d}/x/{e=y/*}", "v1 * x y *", "a.b_c.d@1+1! e@3+2", null)]
    [InlineData("/v1/shelves:batch", "v1 shelves", "", "batch")]
    [InlineData("/v1/a:b/c", "v1 a:b c", "", null)]
    [InlineData("/v1/a:b:c", "v1 a:b", "", "c")]
    [InlineData("/v1/{name}:custom:custom", "v1 *", "name@1+1!", "custom:custom")]
    [InlineData("/v1/{name=a/**}:b:c:d", "v1 a **", "name@1+2", "b:c:d")]
    [InlineData("/v1/*:b:c", "v1 *", "", "b:c")]
    [InlineData("/v1/**:b:c", "v1 **", "", "b:c")]
    [InlineData("/v1/caf%C3%A9", "v1 café", "", null)]
    public void Template_IsTakenApart(string text, string segments, string variables, string? verb)
    {
        Assert.True(PathTemplate.TryParse(text, out var template, out var fault), fault);

        Assert.Equal(segments, string.Join(' ', template.Segments.Select(segment => segment.Kind switch
        {
            PathSegmentKind.Single => "*",
            PathSegmentKind.Rest => "**",
            _ => segment.Text,
        })));
        Assert.Equal(variables, string.Join(' ', template.Variables.Select(
            variable => $"{variable.FieldPath}@{variable.Start}+{variable.Count}{(variable.IsSingle ? "!" : "")}")));
        Assert.Equal(verb, template.Verb);
    }

    [Theory]
    [InlineData("", "starts with '/'")]
    [InlineData("v1", "starts with '/'")]
    [InlineData("//", "a segment is empty (position 2")]
    [InlineData("/v1/", "a segment is empty (position 5")]
    [InlineData("/v1//x", "a segment is empty")]
    [InlineData("/:get", "a segment is empty")]
    [InlineData("/v1:", "nothing follows the ':'")]
    [InlineData("/v1/**/x", "'**' must be the last segment")]
    [InlineData("/v1/{a=**}/x", "'**' must be the last segment")]
    [InlineData("/v1/{a=**/x}", "'**' must be the last segment")]
    [InlineData("/v1/{a", "'{' is not closed")]
    [InlineData("/v1/{a=", "a segment is empty")]
    [InlineData("/v1/{a=b", "'{' is not closed")]
    [InlineData("/v1/{}", "'' is no field path")]
    [InlineData("/v1/{=x}", "'' is no field path")]
    [InlineData("/v1/{a=}", "a segment is empty")]
    [InlineData("/v1/{a.}", "'a.' is no field path")]
    [InlineData("/v1/{1a}", "'1a' is no field path")]
    [InlineData("/v1/{a b}", "'a b' is no field path")]
    [InlineData("/v1/{a={b}}", "must not contain another")]
    [InlineData("/v1/{a}{b}", "takes a whole segment")]
    [InlineData("/v1/x{a}", "takes a whole segment")]
    [InlineData("/v1/{a}:b/{c}", "takes a whole segment")]
    [InlineData("/v1/{a}x:b", "takes a whole segment")]
    [InlineData("/v1/{a}:", "nothing follows the ':'")]
    [InlineData("/v1/**:", "nothing follows the ':'")]
    [InlineData("/v1/{a}x", "takes a whole segment")]
    [InlineData("/v1/a}", "takes a whole segment")]
    [InlineData("/v1/a*", "a '*' stands alone")]
    [InlineData("/v1/***", "a '*' stands alone")]
    [InlineData("/v1/{a}/{a}", "'a' is bound twice")]
    [InlineData("/v1/x?y", "holds a '?'")]
    [InlineData("/v1/x%2Fy", "holds a '?' or a slash")]
    [InlineData("/v1/x:a?b", "holds a '?'")]
    public void WrongTemplate_NamesTheFault(string text, string expected)
    {
        Assert.False(PathTemplate.TryParse(text, out _, out var fault));

        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void TemplateCutAnywhere_IsReadOrRefused()
    {
        const string Whole = "/v1/{a.b=shelves/*/books/**}:move";
        for (var length = 0; length <= Whole.Length; length++)
        {
            var read = PathTemplate.TryParse(Whole[..length], out var template, out var fault);

            Assert.Equal(read, template is not null);
            Assert.Equal(read, fault is null);
            if (read)
            {
                _ = PathTemplateRoute.Create(template!);
            }
        }
    }

    [Fact]
    public void Route_KeepsLiteralsWildcardsAndVerb()
    {
        Assert.True(PathTemplate.TryParse("/v1/{name=shelves/*/books/**}:move", out var template, out _));

        var segments = PathTemplateRoute.Create(template).PathSegments;

        Assert.Equal("shelves", Assert.IsType<RoutePatternLiteralPart>(segments[1].Parts[0]).Content);
        var rest = Assert.IsType<RoutePatternParameterPart>(Assert.Single(segments[4].Parts));
        Assert.True(rest.IsCatchAll);
        Assert.IsType<VerbConstraint>(Assert.Single(rest.ParameterPolicies).ParameterPolicy);
    }
}
