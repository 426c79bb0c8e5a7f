using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs Node's connect-node and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresConnectNodeTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for it.</summary>
    public RequiresConnectNodeTheoryAttribute() => Skip = ConnectNode.MissingReason;
}
