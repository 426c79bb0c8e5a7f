using Rollcall.TestKit;

namespace Rollcall.LoadTest.Tests.Agents;

[Collection(MeasuredCollection.Name)]
public sealed class AgentsCommandTests
{
    [RequiresConsulFact]
    public async Task Agent_GivesRatiosToConsul()
    {
        var ratios = await LoadTestRun.RunAsync(
            "agent", "--consul", RealConsul.BinaryPath, "--rounds", "1", "--turn-seconds", "0.2", "--warmup-seconds", "0.05", "--scale", "0.01", "--json");
        foreach (var name in new[]
        {
            "kvPut", "register", "ttlPass", "sessionLock", "kvPut64OnDisk", "registerOnDisk", "kvGet", "health10", "health1000", "catalogServices", "dnsA", "dnsSrv",
        })
        {
            Assert.True(ratios.GetProperty(name).GetProperty("opsPerSecond").GetDouble() > 0, name);
            Assert.True(ratios.GetProperty(name).GetProperty("cpuPerOp").GetDouble() > 0, name);
        }

        Assert.True(ratios.GetProperty("watchers1000").GetDouble() > 0);
        Assert.True(ratios.GetProperty("watchers5000").GetDouble() > 0);
        Assert.Equal(0, ratios.GetProperty("idleWatchers").GetProperty("wokenByOtherWrites").GetDouble());
        Assert.True(ratios.GetProperty("registerAmong10000").GetDouble() > 0);
        Assert.True(ratios.GetProperty("memory").GetProperty("idle").GetDouble() > 0);
        Assert.True(ratios.GetProperty("durable").GetProperty("oneWriterToRawSyncs").GetDouble() > 0);
    }

    [Fact]
    public async Task Agent_WithoutAConsul_SaysWhatIsMissing()
    {
        var output = await ChildProcess.RunAsync("dotnet", [LoadTestRun.Program, "agent", "--consul", "/nowhere/consul"]);
        Assert.Equal(2, output.ExitCode);
        Assert.Contains("--consul", output.Error, StringComparison.Ordinal);
    }

    [RequiresConsulFact]
    public async Task Agent_WithoutThePublishedFile_SaysHowToMakeIt()
    {
        var output = await ChildProcess.RunAsync("dotnet", [LoadTestRun.Program, "agent", "--consul", RealConsul.BinaryPath, "--published", "/nowhere/rollcall"]);
        Assert.Equal(2, output.ExitCode);
        Assert.Contains("eng/publish.sh", output.Error, StringComparison.Ordinal);
    }
}
