using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>One element of the body of <c>internal/acl/authorize</c>: whether something is allowed.</summary>
internal sealed class AuthorizationBody
{
    private static readonly GoStruct<AuthorizationBody> s_type = new GoStruct<AuthorizationBody>("ACLAuthorizationRequest", "structs.ACLAuthorizationRequest")
        .Add((d, v, t) => t.Resource = d.Text(v), "Resource")
        .Add((d, v, t) => t.Segment = d.Text(v), "Segment")
        .Add((d, v, t) => t.Access = d.Text(v), "Access");

    /// <summary>What kind of thing.</summary>
    public string Resource { get; private set; } = "";

    /// <summary>Its name, or the beginning of names.</summary>
    public string Segment { get; private set; } = "";

    /// <summary>What is to be done with it.</summary>
    public string Access { get; private set; } = "";

    /// <summary>Gives the fault, in Go's words, or null.</summary>
    public static string? Decode(ReadOnlySpan<byte> body, out List<AuthorizationBody> questions)
    {
        questions = [];
        if (GoJsonParser.Parse(body, out var syntax) is not { } value)
        {
            return syntax;
        }

        var decoder = new GoDecoder();
        questions = decoder.List(value, "[]structs.ACLAuthorizationRequest", item => Read(decoder, item)) ?? [];
        return decoder.Error;
    }

    private static AuthorizationBody Read(GoDecoder decoder, GoValue value)
    {
        var body = new AuthorizationBody();
        decoder.Struct(value, s_type, body);
        return body;
    }
}
