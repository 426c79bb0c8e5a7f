using Rollcall.TestKit;

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

    private static async Task RunAsync(Uri? consul, string pattern, params string[] policies)
    {
        var output = await Sample.RunAsync("SharedTurns", consul, policies);
        Assert.Matches(pattern, output.Output);
    }
}
