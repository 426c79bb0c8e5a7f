namespace Rollcall.LoadTest.Tests.Restarts;

public sealed class RestartsCommandTests
{
    [Fact]
    public async Task Restarts_NoCallFails()
    {
        var report = await LoadTestRun.RunAsync("restarts", "--instances", "3", "--rate", "200", "--runs", "1", "--drain-seconds", "0.5", "--json");
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        Assert.True(report.GetProperty("calls").GetInt64() > 0);
    }
}
