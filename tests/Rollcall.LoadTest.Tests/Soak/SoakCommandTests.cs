namespace Rollcall.LoadTest.Tests.Soak;

public sealed class SoakCommandTests
{
    [Fact]
    public async Task Soak_HoldsNoMoreAtTheEndThanAfterTheWarmUp()
    {
        var report = await LoadTestRun.RunAsync("soak", "--minutes", "0.2", "--json");
        Assert.True(report.GetProperty("calls").GetInt64() > 0);
        Assert.Empty(report.GetProperty("faults").EnumerateArray());
        Assert.Equal(0, report.GetProperty("unobserved").GetInt32());
        Assert.True(report.GetProperty("replaced").GetInt32() > 0);
    }

    [Fact]
    public async Task Soak_FindsWhatIsLostWithEachCall()
    {
        var report = await LoadTestRun.RunAsync(exitCode: 1, "soak", "--minutes", "0.05", "--leak", "heap", "handles", "threads", "exceptions", "--json");
        Assert.Equal(
            ["caller heap", "caller handles", "caller threads", "caller exceptions"],
            report.GetProperty("faults").EnumerateArray().Select(static f => f.GetString()!));
    }
}
