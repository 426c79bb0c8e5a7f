using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that gives files away and is skipped, with the reason, where the process is not root's.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresRootFactAttribute : FactAttribute
{
    /// <summary>Asks whose the process is.</summary>
    public RequiresRootFactAttribute() =>
        Skip = OperatingSystem.IsWindows() ? "Windows gives files away in another way" : Environment.IsPrivilegedProcess ? null : "only root may give files away";
}
