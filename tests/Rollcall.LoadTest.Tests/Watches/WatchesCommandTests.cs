namespace Rollcall.LoadTest.Tests.Watches;

[Collection(MeasuredCollection.Name)]
public sealed class WatchesCommandTests
{
    /// <summary>Memory is measured to a few bytes only where there are many lists; here it is no more than a number.</summary>
    [Fact]
    public async Task Watches_OneOpenQueryForEachService()
    {
        var report = await LoadTestRun.RunAsync(exitCode: null, "watches", "--services", "50", "--json");
        Assert.Equal(50, report.GetProperty("openQueries").GetInt64());
        Assert.True(report.GetProperty("bytesPerInstance").GetDouble() > 0);
    }
}
