using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

public sealed class PortTests
{
    [Theory]
    [InlineData("HelloConsul", "http")]
    [InlineData("HelloGrpc", "0")]
    [InlineData("WebFront", "65536")]
    public async Task PortThatIsNone_IsRefusedWithTheFix(string sample, string port)
    {
        var environment = Sample.Environment(null);
        environment["PORT"] = port;

        var output = await ChildProcess.RunAsync("dotnet", [Sample.Assembly(sample)], environment);

        Assert.Equal(1, output.ExitCode);
        Assert.StartsWith("PORT must be a number from 1 to 65535", output.Error.Trim(), StringComparison.Ordinal);
    }
}
