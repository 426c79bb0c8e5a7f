using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

public sealed class HelloByNameTests
{
    [Fact]
    public Task OnItsOwnAgent_IsCalledByName() => RunAsync(null);

    [RequiresConsulFact]
    public async Task OnRealConsul_IsCalledByName()
    {
        await using var consul = await RealConsul.StartAsync();
        await RunAsync(consul.Address);
    }

    private static async Task RunAsync(Uri? consul)
    {
        var output = await Sample.RunAsync("HelloByName", consul);
        Assert.Equal("Hello Yu Gambler", output.Output.Trim());
    }
}
