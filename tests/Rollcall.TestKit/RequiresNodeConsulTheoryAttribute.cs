using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs Node's consul and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresNodeConsulTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for it.</summary>
    public RequiresNodeConsulTheoryAttribute() => Skip = NodeConsul.MissingReason;
}
