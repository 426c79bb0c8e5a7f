using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

public sealed class EmbeddedAgentTests
{
    private static Task<ConsulAgent> StartAsync(int port = 0) => ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = port });

    [Fact]
    public async Task InstancesComeAndGo_TheListFollows()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.InstancesComeAndGoAsync(agent.HttpAddress);
    }

    [Fact]
    public async Task AgentAnswersFromItsCache_TheListFollows()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.InstancesComeAndGoAsync(agent.HttpAddress, new ConsulEndpointSourceOptions { UseAgentCache = true });
    }

    [Fact]
    public async Task WarningInstances_AreThereForThoseWhoAskForThem()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.WarningInstancesAsync(agent.HttpAddress);
    }

    [Fact]
    public async Task RightsOfTheTokenChange_TheListFollows()
    {
        const string Master = "cccccccc-0000-0000-0000-000000000002";
        await using var agent = await ConsulAgent.StartAsync(
            new ConsulAgentOptions { HttpPort = 0, Acl = new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master } });
        await AgentScenarios.RightsChangeAsync(agent.HttpAddress, Master);
    }

    [Fact]
    public async Task PreparedQuery_TheListFollows()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.PreparedQueryAsync(agent.HttpAddress);
    }

    [Fact]
    public async Task PreparedQuery_OutageKeepsTheLastList()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.PreparedQueryOutageAsync(agent.HttpAddress, () => agent.StopAsync());
    }

    /// <summary>That many lists are followed is tested with the connections that a real Consul allows; that it is told of, needs none.</summary>
    [Fact]
    public async Task MoreServicesThanQueriesMayBeOpen_IsToldOnce()
    {
        await using var agent = await StartAsync();
        using var client = new ConsulClient(new ConsulClientOptions { Address = agent.HttpAddress, MaxOpenQueries = 2 });
        using var logs = new LogCollector();
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client, loggerFactory: logs), loggerFactory: logs);
        foreach (var number in new[] { 1, 2, 3, 4 })
        {
            await directory.Watch(new ServiceQuery($"many-{number}")).FirstAsync().AsTask().WithinAsync();
        }

        Assert.Single(logs.Entries, static e => e.Level == LogLevel.Warning && e.Message.Contains("limits.http_max_conns_per_client", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NamedPortsAndZones_AreThoseOfRegistrationAndNode()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.NamedPortsAndZonesAsync(agent.HttpAddress);
    }

    [Fact]
    public async Task CheckFails_TheInstanceLeavesAndTheListSaysWhy()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.CheckFailsAsync(agent.HttpAddress);
    }

    [Fact]
    public async Task AgentStoppedAndRestartedEmpty_NoPickFails()
    {
        var agent = await StartAsync();
        await AgentScenarios.KilledAndRestartedEmptyAsync(
            agent.HttpAddress, () => agent.StopAsync(), async () => agent = await StartAsync(agent.HttpAddress.Port));
        await agent.DisposeAsync();
    }

    [Fact]
    public async Task AgentDownForTenMinutes_NoPickFails()
    {
        var agent = await StartAsync();
        await AgentScenarios.DownForLongAsync(
            agent.HttpAddress, () => agent.StopAsync(), async () => agent = await StartAsync(agent.HttpAddress.Port));
        await agent.DisposeAsync();
    }

    [Fact]
    public async Task OlderSnapshotIsRestored_TheListFollows()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.SnapshotRestoredAsync(agent.HttpAddress);
    }

    [Fact]
    public async Task OneOfTwoAgentsStopped_TheListFollowsTheOther()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await AgentScenarios.OneOfTwoKilledAsync(first.HttpAddress, second.HttpAddress, () => first.StopAsync());
    }
}
