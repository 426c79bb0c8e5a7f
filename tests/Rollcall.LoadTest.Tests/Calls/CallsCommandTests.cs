namespace Rollcall.LoadTest.Tests.Calls;

[Collection(MeasuredCollection.Name)]
public sealed class CallsCommandTests
{
    [Fact]
    public async Task Calls_GivesRatiosToTheBaselineAndBytesPerCall()
    {
        var ratios = await LoadTestRun.RunAsync("calls", "--rounds", "1", "--turn-seconds", "0.2", "--warmup-seconds", "0.3", "--json");
        foreach (var name in new[]
        {
            "unary1", "unary16", "unary64", "unary256", "stream1", "stream8", "duplex", "discovery", "clientBytes", "serverBytes",
            "http1", "http16", "http64", "httpDiscovery",
        })
        {
            Assert.True(ratios.GetProperty(name).GetDouble() > 0, name);
        }
    }

    [Fact]
    public async Task Calls_InSeveralProcesses_GivesTheMedians()
    {
        var ratios = await LoadTestRun.RunAsync(
            "calls", "--only", "http1", "--rounds", "1", "--turn-seconds", "0.1", "--warmup-seconds", "0.1", "--processes", "2", "--json");

        Assert.True(ratios.GetProperty("http16").GetDouble() > 0);
        Assert.False(ratios.TryGetProperty("http64", out _));
    }
}
