namespace Rollcall.Conformance.Tests.Http;

/// <summary>A request and the whole of its answer.</summary>
/// <param name="Name">What the row shows.</param>
/// <param name="Request">Method and path with query.</param>
/// <param name="Body">The request's body; null for none.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Text">The answer's body; JSON is compared without its white space.</param>
/// <param name="ContentType">Null for the usual one: <c>application/json</c> for JSON, none for an empty body, else plain text.</param>
public sealed record AnswerRow(string Name, string Request, string? Body, int Status, string Text, string? ContentType = null)
{
    /// <summary>Header that the answer must carry, as <c>Name: value</c>.</summary>
    public string? Header { get; init; }
}
