namespace Rollcall.Grpc.Server.Protocols;

/// <summary>One segment of a path template.</summary>
/// <param name="Kind">What it matches.</param>
/// <param name="Text">The decoded text of a literal; empty for the wildcards.</param>
internal readonly record struct PathSegment(PathSegmentKind Kind, string Text);
