using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs a real Consul and is skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresConsulTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the program.</summary>
    public RequiresConsulTheoryAttribute() => Skip = RealConsul.MissingReason;
}
