using Rollcall.TestKit;

namespace Rollcall.LoadTest.Tests;

public sealed class ProgramTests
{
    [Theory]
    [InlineData("give numbers from 1 on", "picks", "--lengths", "10", "0")]
    [InlineData("Cannot parse argument 'x'", "picks", "--lengths", "x")]
    [InlineData("The service config can't be used: ", "faults", "--config", "x")]
    [InlineData("no policy 'nosuch' to simulate", "simulate", "--policy", "nosuch")]
    [InlineData("give --servers from 1 on", "simulate", "--servers", "0")]
    public async Task WrongArgument_IsAnErrorThatNamesTheFix(string expected, params string[] arguments)
    {
        var run = await ChildProcess.RunAsync("dotnet", [LoadTestRun.Program, .. arguments], timeout: TimeSpan.FromMinutes(1));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at Rollcall.", run.Error, StringComparison.Ordinal);
    }
}
