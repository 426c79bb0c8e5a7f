namespace Rollcall.Agent.Tests;

public sealed class AgentIdentityTests
{
    /// <summary>By FNV-1a of 128 bits over <c>dc1 n1</c>, worked out apart from this code.</summary>
    [Theory]
    [InlineData("dc1", "n1", "5881c614-3e3c-64bf-6f06-43c29cbc7d14")]
    public void IdOf_IsTheSameAtEachStart(string datacenter, string name, string id) => Assert.Equal(id, AgentIdentity.IdOf(datacenter, name));

    [Fact]
    public void IdOf_DiffersByDatacenterAndName() =>
        Assert.Equal(4, new[] { ("dc1", "n1"), ("dc1", "n2"), ("dc2", "n1"), ("dc2", "n2") }.Select(static pair => AgentIdentity.IdOf(pair.Item1, pair.Item2)).Distinct().Count());
}
