namespace Rollcall.Conformance.Tests.Acl;

/// <summary>Agents that allow what no rule is about.</summary>
public sealed class AllowingAgents() : AclAgents(allowByDefault: true);
