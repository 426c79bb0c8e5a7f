using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that needs Node's gRPC library and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresNodeGrpcFactAttribute : FactAttribute
{
    /// <summary>Looks for the library.</summary>
    public RequiresNodeGrpcFactAttribute() => Skip = NodeGrpc.MissingReason;
}
