using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

public sealed class WebFrontTests
{
    [Fact]
    public Task OnItsOwnAgent_AnswersJsonFromTheServiceBehind() => RunAsync(null);

    [RequiresConsulFact]
    public async Task OnRealConsul_AnswersJsonFromTheServiceBehind()
    {
        await using var consul = await RealConsul.StartAsync();
        await RunAsync(consul.Address);
    }

    private static async Task RunAsync(Uri? consul)
    {
        var output = await Sample.RunAsync("WebFront", consul);
        Assert.Equal(
            ["200 {\"item\":\"apple\",\"cents\":45}", "404 {\"error\":\"There is no price for 'pear'.\"}"],
            output.Output.Trim().ReplaceLineEndings("\n").Split('\n'));
    }
}
