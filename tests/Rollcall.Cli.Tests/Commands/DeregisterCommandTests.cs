using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Tests.Commands;

public sealed class DeregisterCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    [Fact]
    public async Task KnownId_IsRemoved()
    {
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "gone", Id = "gone-1", Port = 1 });
        var result = await CliRun.RunAsync(agent.Address, "deregister", "gone-1");
        Assert.Equal((0, "Deregistered service: gone-1\n", ""), (result.ExitCode, result.Output, result.Error));
        Assert.False((await client.Agent.ServiceAsync("gone-1")).Found);
    }

    /// <summary>As it is left behind by an agent whose servers refuse the token that the service was registered with.</summary>
    [Fact]
    public async Task IdThatOnlyTheCatalogHasAtTheAgentsNode_IsRemovedThere()
    {
        using var client = agent.CreateClient();
        var node = (await client.Agent.SelfAsync()).Value.Config.NodeName;
        await client.Catalog.RegisterAsync(new CatalogRegistration
        {
            Node = node,
            Address = "127.0.0.1",
            Service = new NodeService { Service = "left", Id = "left-1", Port = 1 },
        });

        var result = await CliRun.RunAsync(agent.Address, "deregister", "left-1");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith("Deregistered service: left-1 (it was left over in the catalog", result.Output, StringComparison.Ordinal);
        Assert.Empty((await client.Catalog.ServiceAsync("left")).Value);
    }

    [Fact]
    public async Task IdThatTheCatalogHasAtAnotherNode_IsLeftToTheAgentOfThat()
    {
        using var client = agent.CreateClient();
        await client.Catalog.RegisterAsync(new CatalogRegistration
        {
            Node = "another",
            Address = "127.0.0.2",
            Service = new NodeService { Service = "elsewhere", Id = "elsewhere-1", Port = 1 },
        });

        var result = await CliRun.RunAsync(agent.Address, "deregister", "elsewhere-1");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("An instance is removed at the agent of its own node", result.Error, StringComparison.Ordinal);
        Assert.Single((await client.Catalog.ServiceAsync("elsewhere")).Value);
    }

    [Fact]
    public async Task UnknownId_IsExitCode1AndSaysSo()
    {
        var result = await CliRun.RunAsync(agent.Address, "deregister", "nosuch");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("no service with the id 'nosuch'", result.Error, StringComparison.Ordinal);
    }
}
