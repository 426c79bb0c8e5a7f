using Rollcall.Agent;

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

    [Fact]
    public async Task MoreServicesThanConnections_EveryListIsKnownAndFollowed()
    {
        await using var agent = await StartAsync();
        await AgentScenarios.ManyServicesAsync(agent.HttpAddress);
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
    public async Task OneOfTwoAgentsStopped_TheListFollowsTheOther()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await AgentScenarios.OneOfTwoKilledAsync(first.HttpAddress, second.HttpAddress, () => first.StopAsync());
    }
}
