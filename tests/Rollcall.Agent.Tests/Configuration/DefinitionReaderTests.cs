using Rollcall.Agent.Configuration;

namespace Rollcall.Agent.Tests.Configuration;

/// <summary>Services and checks of configuration files. Each is what Consul 1.8.7 makes of it.</summary>
public sealed class DefinitionReaderTests
{
    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("weights {}", 1, 1)]
    [InlineData("weights { passing = 3 }", 3, 1)]
    [InlineData("weights { warning = 3 }", 1, 3)]
    [InlineData("weights { Passing = 2.7 WARNING = 0.9 }", 2, 0)]
    public void Weights_AreOneEach_WhereTheFileDoesNotSay(string weights, int passing, int warning)
    {
        var service = Assert.Single(Read($"service {{ name = \"s\" {weights} }}").Services).Service;
        Assert.Equal((passing, warning), (service.Weights!.Passing, service.Weights.Warning));
    }

    [Theory]
    [InlineData("weights { passing = 0 }", "service: Invalid Weights: Passing must be greater than 0")]
    [InlineData("weights { passing = \"3\" }", "'service.weights.passing' expected type 'int', got unconvertible type 'string'")]
    [InlineData("weights { bogus = 3 }", "invalid config key service.weights.bogus")]
    public void WeightsThatAreNone_AreRefused(string weights, string message) => AssertRefused($"service {{ name = \"s\" {weights} }}", message);

    [Fact]
    public void TokenOfAServicesCheck_IsTaken()
    {
        var check = Assert.Single(Assert.Single(Read("""service { name = "s" check { id = "c" ttl = "30s" token = "x" } }""").Services).Checks);
        Assert.Equal(("c", "30s"), (check.Check.CheckId, check.Definition!.Ttl));
        AssertRefused("""service { name = "s" check { id = "c" ttl = "30s" token = 5 } }""", "'service.check.token' expected type 'string', got unconvertible type 'int'");
    }

    private static void AssertRefused(string hcl, string message) =>
        Assert.Contains(message, Assert.Throws<ConsulAgentException>(() => Read(hcl)).Message, StringComparison.Ordinal);

    private static AgentDefinitions Read(string text)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", text);
        return configuration.ToOptions().Definitions;
    }
}
