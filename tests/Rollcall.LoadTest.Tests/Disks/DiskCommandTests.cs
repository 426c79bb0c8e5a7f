using Rollcall.TestKit;

namespace Rollcall.LoadTest.Tests.Disks;

public sealed class DiskCommandTests
{
    [RequiresCommandFact("cc")]
    public async Task Disk_LosesNothingThatWasAcknowledgedAndGoesOnWhenItIsWell()
    {
        var report = await LoadTestRun.RunAsync("disk", "--points", "30", "--starts", "6", "--json");
        Assert.True(report.GetProperty("failedCalls").GetInt64() > 30);
        Assert.True(report.GetProperty("acknowledged").GetInt64() > 30);
        Assert.True(report.GetProperty("refused").GetInt64() > 30);
        Assert.True(report.GetProperty("isGood").GetBoolean());
    }
}
