using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs gRPC C++ and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresCppGrpcTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for it.</summary>
    public RequiresCppGrpcTheoryAttribute() => Skip = CppGrpc.MissingReason;
}
