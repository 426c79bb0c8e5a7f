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

    [Fact]
    public async Task UnknownId_IsExitCode1AndSaysSo()
    {
        var result = await CliRun.RunAsync(agent.Address, "deregister", "nosuch");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("no service with the id 'nosuch'", result.Error, StringComparison.Ordinal);
    }
}
