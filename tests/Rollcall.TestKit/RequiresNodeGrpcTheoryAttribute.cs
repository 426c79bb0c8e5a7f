using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs Node's gRPC library and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresNodeGrpcTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the library.</summary>
    public RequiresNodeGrpcTheoryAttribute() => Skip = NodeGrpc.MissingReason;
}
