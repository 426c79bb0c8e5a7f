using System.Text.Json;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Tests.Commands;

public sealed class WatchCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    [Fact]
    public async Task Changes_ArePrintedAsTheyCome_UntilInterrupted()
    {
        using var client = agent.CreateClient();
        await using var watch = CliRun.Start(agent.Address, "watch", "watched");
        Assert.Equal("No instance yet; waiting.", await watch.Output.NextAsync());

        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Name = "watched",
            Id = "w1",
            Port = 81,
            Check = new CheckDefinition { CheckId = "w1-ttl", Ttl = "10m", Status = "passing" },
        });
        Assert.EndsWith("+ w1  127.0.0.1:81  passing", await watch.Output.NextAsync(), StringComparison.Ordinal);

        await client.Agent.FailAsync("w1-ttl", "no more");
        Assert.EndsWith("~ w1  127.0.0.1:81  critical (was passing)  w1-ttl: no more", await watch.Output.NextAsync(), StringComparison.Ordinal);

        await client.Agent.DeregisterAsync("w1");
        Assert.Contains("- w1  127.0.0.1:81", await watch.Output.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await watch.InterruptAsync());
        Assert.Empty(watch.Error.ToString());
    }

    [Fact]
    public async Task Json_IsOneObjectALine()
    {
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "watchedjson", Id = "j1", Address = "10.0.0.7", Port = 81 });
        await using var watch = CliRun.Start(agent.Address, "watch", "watchedjson", "--json");
        using var line = JsonDocument.Parse(await watch.Output.NextAsync());
        Assert.Equal("added", line.RootElement.GetProperty("change").GetString());
        Assert.Equal("j1", line.RootElement.GetProperty("id").GetString());
        Assert.Equal("10.0.0.7:81", line.RootElement.GetProperty("address").GetString());
    }
}
