using System.Text.Json;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands;

public sealed class ServicesCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    [Fact]
    public async Task Services_AreListedWithTheirTags()
    {
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "listed", Port = 1, Tags = ["b", "a"] });
        await Eventually.PassesAsync(async () =>
        {
            var result = await CliRun.RunAsync(agent.Address, "services");
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            Assert.Matches(@"(?m)^Service +Tags$", result.Output);
            Assert.Matches(@"(?m)^listed +(a,b|b,a)$", result.Output);
        });

        var json = await CliRun.RunAsync(agent.Address, "services", "-json");
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal(2, document.RootElement.GetProperty("listed").GetArrayLength());
    }
}
