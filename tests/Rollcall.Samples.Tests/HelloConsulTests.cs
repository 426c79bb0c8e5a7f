using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

public sealed class HelloConsulTests
{
    [Fact]
    public Task OnItsOwnAgent_FindsItselfAndAnswers() => RunAsync(null);

    [RequiresConsulFact]
    public async Task OnRealConsul_FindsItselfAndAnswers()
    {
        await using var consul = await RealConsul.StartAsync();
        await RunAsync(consul.Address);
    }

    private static async Task RunAsync(Uri? consul)
    {
        var output = await Sample.RunAsync("HelloConsul", consul);
        Assert.Matches(@"^Discovered demo-127\.0\.0\.1-(\d+) at 127\.0\.0\.1:\1\s+Hello World!\s*$", output.Output);
    }
}
