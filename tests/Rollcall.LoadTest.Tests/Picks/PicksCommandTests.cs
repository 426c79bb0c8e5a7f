namespace Rollcall.LoadTest.Tests.Picks;

[Collection(MeasuredCollection.Name)]
public sealed class PicksCommandTests
{
    [Fact]
    public async Task Picks_NoPolicyAllocatesAndEveryAnswerIsRight()
    {
        // It ends with an error when an answer is wrong.
        var report = await LoadTestRun.RunAsync(
            "picks", "--rounds", "2", "--calls", "20000", "--lengths", "10", "--lengths", "100", "--seconds", "0.001", "--json");
        Assert.True(report.GetProperty("increment").GetDouble() > 0);
        Assert.True(report.GetProperty("timestamp").GetDouble() > 0);
        var policies = report.GetProperty("policies").EnumerateObject().ToArray();
        Assert.True(policies.Length >= 14);
        Assert.All(policies, static policy =>
        {
            Assert.Equal(0, policy.Value.GetProperty("bytes").GetDouble());
            Assert.True(policy.Value.GetProperty("10").GetDouble() > 0);
            Assert.True(policy.Value.GetProperty("100").GetDouble() > 0);
        });
        var updates = report.GetProperty("updates");
        Assert.True(updates.GetProperty("undisturbedP999").GetDouble() > 0);
        Assert.True(updates.GetProperty("changes").GetInt32() > 0);
        Assert.True(updates.GetProperty("slowestMedianToP999").GetDouble() > 0);
        Assert.True(updates.GetProperty("undisturbedSlowestMedian").GetDouble() > 0);
    }
}
