using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Samples.Tests;

public sealed class SharedTurnsTests
{
    [Fact]
    public Task OnItsOwnAgent_TenProcessesTakeTurns() => RunAsync(null, @"^round_robin( +\d+){5}\s+shared_round_robin( +12){5}\s*$");

    [RequiresConsulFact]
    public async Task OnRealConsul_TenProcessesTakeTurns()
    {
        await using var consul = await RealConsul.StartAsync();
        await RunAsync(consul.Address, @"^shared_round_robin( +12){5}\s*$", "shared_round_robin");
    }

    [Fact]
    public async Task WhereNothingCanBeShared_ItSaysSo_AndLeavesNothingRegistered()
    {
        await using var agent = await TestAgent.StartAsync();
        using var revoked = agent.Inject(AgentFault.RevokedToken, "/v1/kv/");

        var output = await FailAsync(agent, "shared_round_robin");

        Assert.Contains("ACL not found", output.Error, StringComparison.Ordinal);
        Assert.True(revoked.Hits > 0);
    }

    [Fact]
    public async Task UnknownPolicy_IsRefused_AndNothingIsRegistered()
    {
        await using var agent = await TestAgent.StartAsync();

        var output = await FailAsync(agent, "round_robin", "none");

        Assert.StartsWith("There is no balancing policy 'none'.", output.Error, StringComparison.Ordinal);
        Assert.Empty(output.Output);
    }

    private static async Task<ProcessOutput> FailAsync(TestAgent agent, params string[] policies)
    {
        var output = await ChildProcess.RunAsync(
            "dotnet", [Sample.Assembly("SharedTurns"), .. policies], Sample.Environment(agent.Address), timeout: TimeSpan.FromSeconds(60));
        Assert.Equal(1, output.ExitCode);
        using var client = agent.CreateClient();
        Assert.Empty((await client.Agent.ServicesAsync().WithinAsync()).Value);
        return output;
    }

    private static async Task RunAsync(Uri? consul, string pattern, params string[] policies)
    {
        var output = await Sample.RunAsync("SharedTurns", consul, policies);
        Assert.Matches(pattern, output.Output);
    }
}
