using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>One HTTP route of a method, as a google.api.http rule or one of its additional bindings says. Immutable.</summary>
/// <param name="HttpMethod">The HTTP method, or null for any.</param>
/// <param name="Template">The path.</param>
/// <param name="PathFields">The field of each variable of the path, in their order.</param>
/// <param name="BodyIsMessage">True when the body is the request message: there are no query parameters then.</param>
/// <param name="BodyField">The field that is the body; null when the body is the message or there is none.</param>
/// <param name="ResponseField">The field of the response that is the answer, or null for all of it.</param>
/// <param name="TakesRawBody">True when the body is a <see cref="RawBody"/> and not JSON.</param>
/// <param name="GivesRawBody">True when the answer is a <see cref="RawBody"/> and not JSON.</param>
internal sealed record TranscodingBinding(
    string? HttpMethod,
    PathTemplate Template,
    IReadOnlyList<FieldPath> PathFields,
    bool BodyIsMessage,
    FieldDescriptor? BodyField,
    FieldDescriptor? ResponseField,
    bool TakesRawBody,
    bool GivesRawBody)
{
    /// <summary>HTTP method and path as the rule has them.</summary>
    public string Text => $"{HttpMethod ?? "*"} {Template.Text}";

    /// <summary>The same for any two bindings between which the router can't choose.</summary>
    public string Route => $"{HttpMethod?.ToUpperInvariant() ?? "*"} {PathTemplateRoute.GetShape(Template)}";

    public bool HasBody => BodyIsMessage || BodyField is not null;
}
