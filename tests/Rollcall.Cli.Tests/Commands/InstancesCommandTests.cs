using System.Text.Json;
using Rollcall.Agent;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands;

public sealed class InstancesCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    [Fact]
    public async Task Instances_AreListedWithTheirStateAndWhy()
    {
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "shown", Id = "shown-1", Address = "10.0.0.1", Port = 81, Tags = ["v1"] });
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Name = "shown",
            Id = "shown-2",
            Port = 82,
            Check = new CheckDefinition { CheckId = "shown-2-ttl", Ttl = "10m", Status = "passing" },
        });
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "shown", Id = "shown-3", Address = "[fd00::1]", Port = 83 });
        await client.Agent.FailAsync("shown-2-ttl", "disk\nfull");

        await Eventually.PassesAsync(async () =>
        {
            var all = await CliRun.RunAsync(agent.Address, "instances", "shown");
            Assert.Equal((0, ""), (all.ExitCode, all.Error));
            Assert.Matches(@"(?m)^shown-3 +\[fd00::1\]:83 +", all.Output);
            Assert.Matches(@"(?m)^shown-1 +10\.0\.0\.1:81 +\S+ +passing +v1$", all.Output);
            Assert.Matches(@"(?m)^shown-2 +127\.0\.0\.1:82 +\S+ +critical +shown-2-ttl: disk full$", all.Output);
        });

        var passing = await CliRun.RunAsync(agent.Address, "instances", "shown", "--passing");
        Assert.DoesNotContain("shown-2", passing.Output, StringComparison.Ordinal);
        var json = await CliRun.RunAsync(agent.Address, "instances", "shown", "--json", "--tag", "v1");
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal("shown-1", Assert.Single(document.RootElement.EnumerateArray()).GetProperty("Service").GetProperty("ID").GetString());
    }

    [Fact]
    public async Task CheckThatFailedFromTheStart_IsShownWithTheOutputThatOnlyTheAgentHas()
    {
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Name = "never",
            Port = 83,
            Check = new CheckDefinition { CheckId = "never-http", Http = $"http://127.0.0.1:{FreePort.Next()}/", Interval = "1s" },
        });
        await Eventually.PassesAsync(async () =>
        {
            var result = await CliRun.RunAsync(agent.Address, "instances", "never");
            Assert.Contains("never-http: Get ", result.Output, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Maintenance_IsShownWithItsReason()
    {
        await using var own = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, NodeName = "n" }).WithinAsync();
        using var client = AgentFixture.CreateClient(own.HttpAddress);
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "kept", Port = 84 });
        await client.Agent.SetServiceMaintenanceAsync("kept", true, "new disk").WithinAsync();
        await ShowsAsync("_service_maintenance:kept: new disk");

        await client.Agent.SetServiceMaintenanceAsync("kept", false).WithinAsync();
        await client.Agent.SetNodeMaintenanceAsync(true, "kernel update").WithinAsync();
        await ShowsAsync("_node_maintenance: kernel update");

        Task ShowsAsync(string why) => Eventually.PassesAsync(async () =>
        {
            var result = await CliRun.RunAsync(own.HttpAddress, "instances", "kept");
            Assert.Matches($@"(?m)^kept .* critical +{why}$", result.Output);
        });
    }

    [Fact]
    public async Task UnknownService_IsExitCode1AndSaysWhereToLook()
    {
        var result = await CliRun.RunAsync(agent.Address, "instances", "nosuch");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("No instance of 'nosuch' is registered. See 'rollcall services'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownService_AsJson_IsAnEmptyArray()
    {
        var result = await CliRun.RunAsync(agent.Address, "instances", "nosuch", "--json");
        Assert.Equal((0, "[]\n", ""), (result.ExitCode, result.Output, result.Error));
    }
}
