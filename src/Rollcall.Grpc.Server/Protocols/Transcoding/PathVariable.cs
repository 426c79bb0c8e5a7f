namespace Rollcall.Grpc.Server.Protocols;

/// <summary>A variable of a path template: the segments that a request field is bound to.</summary>
/// <param name="FieldPath">Names of fields, separated by dots.</param>
/// <param name="Start">Index of its first segment.</param>
/// <param name="Count">Number of its segments in the template.</param>
/// <param name="IsSingle">True for <c>{var}</c> and <c>{var=*}</c>, whose value is decoded whole, slashes included.</param>
internal sealed record PathVariable(string FieldPath, int Start, int Count, bool IsSingle);
