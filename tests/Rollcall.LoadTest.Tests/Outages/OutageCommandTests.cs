namespace Rollcall.LoadTest.Tests.Outages;

/// <summary>No failed call, and everything registered again within five seconds: that is promised for an outage of any length.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class OutageCommandTests
{
    [Fact]
    public async Task Outage_NoCallFailsAndEverythingIsRegisteredAgain()
    {
        var report = await LoadTestRun.RunAsync("outage", "--minutes", "0.03", "--json");
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        Assert.True(report.GetProperty("calls").GetInt64() > 0);
        Assert.InRange(report.GetProperty("reregisteredMs").GetDouble(), 0, 5000);
        Assert.InRange(report.GetProperty("convergedMs").GetDouble(), 0, 5000);
        Assert.InRange(report.GetProperty("requests").GetInt64(), 2, 12);
        Assert.Equal(1, report.GetProperty("mostOpen").GetInt64());
        Assert.Equal(1, report.GetProperty("openAtEnd").GetInt64());
    }
}
