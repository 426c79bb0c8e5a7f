namespace Rollcall.Grpc.Server.Protocols;

/// <summary>What a segment of a path template matches.</summary>
internal enum PathSegmentKind
{
    /// <summary>Its own text.</summary>
    Literal,

    /// <summary><c>*</c>: any one segment.</summary>
    Single,

    /// <summary><c>**</c>: zero or more segments to the end of the path.</summary>
    Rest,
}
