namespace Rollcall.Conformance.Tests.Acl;

/// <summary>Access rules where what no rule is about is refused.</summary>
public class DenyByDefaultTests(DenyingAgents agents) : AclSequenceTests(agents), IClassFixture<DenyingAgents>;
