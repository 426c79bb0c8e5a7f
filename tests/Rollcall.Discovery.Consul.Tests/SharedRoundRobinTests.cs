using Rollcall.Agent;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

public sealed class SharedRoundRobinTests
{
    [Fact]
    public async Task TenCallers_ShareOneRoundRobin()
    {
        await using var agent = await StartAsync();
        await SharedRoundRobinScenarios.TenCallersAsync(agent.HttpAddress);
    }

    [RequiresConsulFact]
    public async Task TenCallers_ShareOneRoundRobin_OnRealConsul()
    {
        await using var consul = await RealConsul.StartAsync();
        await SharedRoundRobinScenarios.TenCallersAsync(consul.Address);
    }

    [Fact]
    public async Task AgentAway_CallersGoOnAlone_AndShareAgain()
    {
        var agent = await StartAsync();
        await SharedRoundRobinScenarios.AgentAwayAsync(
            agent.HttpAddress, () => agent.StopAsync(), async () => agent = await StartAsync(agent.HttpAddress.Port));
        await agent.DisposeAsync();
    }

    [RequiresConsulFact]
    public async Task AgentAway_CallersGoOnAlone_AndShareAgain_OnRealConsul()
    {
        await using var consul = await RealConsul.StartAsync();
        await SharedRoundRobinScenarios.AgentAwayAsync(consul.Address, consul.StopAsync, consul.RestartAsync);
    }

    [Fact]
    public async Task KeyOfSomethingElse_IsLeftAlone()
    {
        await using var agent = await StartAsync();
        await SharedRoundRobinScenarios.ForeignKeyAsync(agent.HttpAddress);
    }

    [RequiresConsulFact]
    public async Task KeyOfSomethingElse_IsLeftAlone_OnRealConsul()
    {
        await using var consul = await RealConsul.StartAsync();
        await SharedRoundRobinScenarios.ForeignKeyAsync(consul.Address);
    }

    private static Task<ConsulAgent> StartAsync(int port = 0) => ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = port });
}
