using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that needs Chromium and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresChromiumFactAttribute : FactAttribute
{
    /// <summary>Looks for the program.</summary>
    public RequiresChromiumFactAttribute() => Skip = Chromium.MissingReason;
}
