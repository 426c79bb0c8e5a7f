using Xunit;

namespace Rollcall.TestKit;

/// <summary>A theory that needs Prometheus and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresPrometheusTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for it.</summary>
    public RequiresPrometheusTheoryAttribute() => Skip = Prometheus.MissingReason;
}
