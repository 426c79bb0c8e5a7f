using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests;

/// <summary>Runs a theory against a real Consul; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnConsulAttribute : AgentDataAttribute
{
    /// <summary>Looks for the program.</summary>
    public OnConsulAttribute(string? rows = null)
        : base(AgentKind.Consul, rows) => Skip = RealConsul.MissingReason;
}
