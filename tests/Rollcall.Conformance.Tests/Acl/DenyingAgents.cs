namespace Rollcall.Conformance.Tests.Acl;

/// <summary>Agents that refuse what no rule is about.</summary>
public sealed class DenyingAgents() : AclAgents(allowByDefault: false);
