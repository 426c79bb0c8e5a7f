using Rollcall.TestKit;

namespace Rollcall.LoadTest.Tests.Disks;

public sealed class DiskCommandTests
{
    [RequiresCommandFact("cc")]
    public async Task Disk_LosesNothingThatWasAcknowledgedAndGoesOnWhenItIsWell()
    {
        var report = await LoadTestRun.RunAsync("disk", "--points", "30", "--starts", "6", "--json");
        Assert.True(report.GetProperty("failedCalls").GetInt64() > 30);
        // Files are cut too seldom for so few points.
        Assert.All(report.GetProperty("failedByKind").EnumerateObject().Where(static kind => kind.Name != "Cut"), static kind => Assert.True(kind.Value.GetInt64() > 0, $"No {kind.Name} failed."));
        Assert.True(report.GetProperty("callsOfFirstStart").GetInt64() > 20);
        Assert.True(report.GetProperty("acknowledged").GetInt64() > 30);
        Assert.True(report.GetProperty("refused").GetInt64() > 30);
        Assert.Equal(0, report.GetProperty("unsynced").GetInt64());
        Assert.True(report.GetProperty("isGood").GetBoolean());
    }
}
