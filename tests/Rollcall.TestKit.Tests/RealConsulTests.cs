namespace Rollcall.TestKit.Tests;

public class RealConsulTests
{
    [RequiresConsulFact]
    public async Task TwoAgents_RunSideBySide_AndComeBackEmptyAfterARestart()
    {
        await using var first = await RealConsul.StartAsync();
        await using var second = await RealConsul.StartAsync(new RealConsulOptions { NodeName = "other" });

        var put = await RealConsul.RunCommandAsync(first.Address, "kv", "put", "a", "1");
        Assert.Equal(0, put.ExitCode);
        await first.RestartAsync();

        Assert.Equal(1, (await RealConsul.RunCommandAsync(first.Address, "kv", "get", "a")).ExitCode);
        var members = await RealConsul.RunCommandAsync(second.Address, "members");
        Assert.Contains("other", members.Output, StringComparison.Ordinal);
    }
}
