using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs grpc-go and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresGoGrpcTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for it.</summary>
    public RequiresGoGrpcTheoryAttribute() => Skip = GoGrpc.MissingReason;
}
