namespace Rollcall.Conformance.Tests;

/// <summary>Runs a theory against the embedded agent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnEmbeddedAttribute(string? rows = null) : AgentDataAttribute(AgentKind.Embedded, rows);
