using System.Text.Json;

namespace Rollcall.Cli.Tests.Commands;

public sealed class MembersCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    [Fact]
    public async Task Members_AreListed()
    {
        var result = await CliRun.RunAsync(agent.Address, "members");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var lines = result.Output.TrimEnd().Split('\n');
        Assert.Matches(@"^Node +Address +Status +Type +Build +DC$", lines[0]);
        Assert.Matches(@"^\S+  127\.0\.0\.1:\d+ +alive +server +\S+ +dc1$", Assert.Single(lines[1..]));
    }

    [Fact]
    public async Task Json_IsTheMembersAsTheApiGivesThem()
    {
        var result = await CliRun.RunAsync(agent.Address, "members", "--json");
        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal("127.0.0.1", Assert.Single(json.RootElement.EnumerateArray()).GetProperty("Addr").GetString());
    }
}
