namespace Rollcall.LoadTest.Tests.Faults;

[Collection(MeasuredCollection.Name)]
public sealed class FaultsCommandTests
{
    /// <summary>How soon the other calls are fast again is a figure, and not asserted here; that an instance at fault is left out is.</summary>
    [Fact]
    public async Task Faults_NoCallFailsAndTheInstanceIsLeftOut()
    {
        var report = await LoadTestRun.RunAsync(
            exitCode: null,
            "faults", "--instances", "4", "--rate", "240", "--rounds", "1", "--warmup-seconds", "0.7", "--seconds", "2.5", "--json");
        Assert.All(report.GetProperty("faults").EnumerateArray(), static fault => Assert.Null(fault.GetProperty("firstFailure").GetString()));
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        var faults = report.GetProperty("faults").EnumerateArray().ToDictionary(static f => f.GetProperty("fault").GetString()!);
        Assert.Equal(["Failing", "Killed", "Paused", "Slow"], faults.Keys.Order());
        Assert.All(faults.Values, static fault =>
        {
            Assert.True(fault.GetProperty("calls").GetInt64() > 0);
            Assert.Equal(3, fault.GetProperty("kinds").GetArrayLength());
        });

        // Latencies tell nothing where all are slow because the machine is busy; failures do.
        Assert.InRange(faults["Failing"].GetProperty("shareAfter").GetDouble(), 0, 0.05);
        Assert.InRange(faults["Killed"].GetProperty("shareAfter").GetDouble(), 0, 0.05);
    }
}
