using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that is skipped where there is no <c>/dev/full</c>, which takes no byte as a full disk does.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresFullDeviceTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides when tests are listed.</summary>
    public RequiresFullDeviceTheoryAttribute()
    {
        if (!File.Exists("/dev/full"))
        {
            Skip = "This system has no /dev/full.";
        }
    }
}
