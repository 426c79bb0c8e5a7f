using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

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
    public async Task InstancesThatATokenMaySeeNow_ArePrinted_ThoughNoIndexHasMoved()
    {
        var asked = 0;
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            if (!context.Request.Path.StartsWithSegments("/v1/health"))
            {
                context.Response.StatusCode = 404;
                return;
            }

            context.Response.Headers["X-Consul-Index"] = "5";
            await (Interlocked.Increment(ref asked) switch
            {
                1 => context.Response.WriteAsync("[]"),
                2 => context.Response.WriteAsync("""[{"Node":{"Node":"n"},"Service":{"ID":"s1","Service":"seen","Address":"10.0.0.7","Port":81},"Checks":[]}]"""),
                _ => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted),
            });
        });
        await using var watch = CliRun.Start(peer.Address, "watch", "seen");

        Assert.Equal("No instance yet; waiting.", await watch.Output.NextAsync());
        Assert.EndsWith("+ s1  10.0.0.7:81  passing", await watch.Output.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conditions_LeaveOutTheOthers()
    {
        using var client = agent.CreateClient();
        await using var watch = CliRun.Start(agent.Address, "watch", "chosen", "--tag", "v1", "--passing");
        Assert.Equal("No instance yet; waiting.", await watch.Output.NextAsync());

        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "chosen", Id = "c1", Port = 81, Tags = ["v2"] });
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "chosen", Id = "c2", Port = 82, Tags = ["v1"], Check = new CheckDefinition { Ttl = "10m" } });
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "chosen", Id = "c3", Port = 83, Tags = ["v1"] });

        Assert.EndsWith("+ c3  127.0.0.1:83  passing", await watch.Output.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await watch.InterruptAsync());
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
