namespace Rollcall.Conformance.Tests.Acl;

/// <summary>Access rules where what no rule is about is allowed.</summary>
public class AllowByDefaultTests(AllowingAgents agents) : AclSequenceTests(agents), IClassFixture<AllowingAgents>;
