using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs grpc-dotnet and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresDotnetGrpcTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for it.</summary>
    public RequiresDotnetGrpcTheoryAttribute() => Skip = DotnetGrpc.MissingReason;
}
