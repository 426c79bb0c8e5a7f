using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs Python's gRPC library and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresPythonGrpcTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the library.</summary>
    public RequiresPythonGrpcTheoryAttribute() => Skip = PythonGrpc.MissingReason;
}
