using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that needs a real Consul and is skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresConsulFactAttribute : FactAttribute
{
    /// <summary>Looks for the program.</summary>
    public RequiresConsulFactAttribute() => Skip = RealConsul.MissingReason;
}
