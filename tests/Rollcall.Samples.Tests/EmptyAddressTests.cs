using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

public sealed class EmptyAddressTests
{
    [Theory]
    [InlineData("HelloByName", "Hello Yu Gambler")]
    [InlineData("HelloConsul", "Hello World!")]
    [InlineData("SharedTurns", "shared_round_robin", "shared_round_robin")]
    [InlineData("WebFront", "200 {\"item\":\"apple\",\"cents\":45}")]
    public async Task EmptyVariable_IsNone(string sample, string expected, params string[] arguments)
    {
        var environment = Sample.Environment(null);
        environment["CONSUL_HTTP_ADDR"] = " ";

        var output = await ChildProcess.RunAsync("dotnet", [Sample.Assembly(sample), .. arguments], environment, timeout: TimeSpan.FromSeconds(60));

        Assert.Equal(0, output.ExitCode);
        Assert.Contains(expected, output.Output, StringComparison.Ordinal);
    }
}
