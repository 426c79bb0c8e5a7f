namespace Rollcall.LoadTest.Tests.Crashes;

public sealed class CrashCommandTests
{
    [Fact]
    public async Task Crash_LosesNothingThatWasAcknowledged()
    {
        var report = await LoadTestRun.RunAsync("crash", "--kills", "4", "--json");
        Assert.Equal(4, report.GetProperty("kills").GetInt32());
        Assert.Equal(0, report.GetProperty("lost").GetInt64());
        Assert.Equal(0, report.GetProperty("notRead").GetInt64());
        Assert.Equal(0, report.GetProperty("backwards").GetInt64());
        Assert.All(report.GetProperty("byKind").EnumerateObject(), static kind => Assert.True(kind.Value.GetInt64() > 0, $"No write of {kind.Name} was acknowledged."));
    }
}
