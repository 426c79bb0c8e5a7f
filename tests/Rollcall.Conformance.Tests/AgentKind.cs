namespace Rollcall.Conformance.Tests;

/// <summary>Who answers: every test of this project runs against each.</summary>
public enum AgentKind
{
    /// <summary>The agent of this repository, in this process.</summary>
    Embedded,

    /// <summary>A real Consul, where there is one.</summary>
    Consul,
}
