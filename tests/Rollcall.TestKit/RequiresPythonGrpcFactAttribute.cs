using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that needs Python's gRPC library and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresPythonGrpcFactAttribute : FactAttribute
{
    /// <summary>Looks for the library.</summary>
    public RequiresPythonGrpcFactAttribute() => Skip = PythonGrpc.MissingReason;
}
