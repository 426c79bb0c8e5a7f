using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that needs Prometheus and is skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresPrometheusFactAttribute : FactAttribute
{
    /// <summary>Looks for it.</summary>
    public RequiresPrometheusFactAttribute() => Skip = Prometheus.MissingReason;
}
