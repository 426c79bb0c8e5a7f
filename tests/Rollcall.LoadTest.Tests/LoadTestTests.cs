using System.Text.Json;
using Rollcall.TestKit;

namespace Rollcall.LoadTest.Tests;

/// <summary>
/// The short form of every load test. The figures of such a short run on a busy machine say nothing, so none is asserted; the outage's
/// promise, no failed call and everything registered again within five seconds, holds at any length.
/// </summary>
public sealed class LoadTestTests
{
    [Fact]
    public async Task Outage_NoCallFailsAndEverythingIsRegisteredAgain()
    {
        var report = await RunAsync("outage", "--minutes", "0.1", "--json");
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        Assert.True(report.GetProperty("calls").GetInt64() > 0);
        Assert.InRange(report.GetProperty("reregisteredMs").GetDouble(), 0, 5000);
        Assert.InRange(report.GetProperty("convergedMs").GetDouble(), 0, 5000);
        Assert.InRange(report.GetProperty("requests").GetInt64(), 2, 12);
        Assert.Equal(1, report.GetProperty("mostOpen").GetInt64());
        Assert.Equal(1, report.GetProperty("openAtEnd").GetInt64());
    }

    [Fact]
    public async Task Crash_LosesNothingThatWasAcknowledged()
    {
        var report = await RunAsync("crash", "--kills", "4", "--json");
        Assert.Equal(4, report.GetProperty("kills").GetInt32());
        Assert.Equal(0, report.GetProperty("lost").GetInt64());
        Assert.Equal(0, report.GetProperty("backwards").GetInt64());
        Assert.True(report.GetProperty("acknowledged").GetInt64() > 0);
    }

    [RequiresCommandFact("cc")]
    public async Task Disk_LosesNothingThatWasAcknowledgedAndGoesOnWhenItIsWell()
    {
        var report = await RunAsync("disk", "--points", "30", "--starts", "6", "--json");
        Assert.True(report.GetProperty("failedCalls").GetInt64() > 30);
        Assert.True(report.GetProperty("acknowledged").GetInt64() > 30);
        Assert.True(report.GetProperty("refused").GetInt64() > 30);
        Assert.True(report.GetProperty("isGood").GetBoolean());
    }

    [Fact]
    public async Task Restarts_NoCallFails()
    {
        var report = await RunAsync("restarts", "--instances", "3", "--rate", "200", "--runs", "1", "--json");
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        Assert.True(report.GetProperty("calls").GetInt64() > 0);
    }

    [Fact]
    public async Task Queries_AThousandTimesTheCallsAskTheAgentNoMore()
    {
        var report = await RunAsync("queries", "--calls", "10", "--changes", "5", "--json");
        var phases = report.GetProperty("phases").EnumerateArray().ToArray();
        Assert.Equal([10, 10_000], phases.Select(static p => p.GetProperty("calls").GetInt64()));
        Assert.Equal(1, report.GetProperty("mostOpen").GetInt64());
        Assert.All(phases, static p => Assert.InRange(p.GetProperty("queries").GetInt64(), 1, 5));
    }

    /// <summary>Memory is measured to a few bytes only where there are many lists; here it is no more than a number.</summary>
    [Fact]
    public async Task Watches_OneOpenQueryForEachService()
    {
        var report = await RunAsync(exitCode: null, "watches", "--services", "50", "--json");
        Assert.Equal(50, report.GetProperty("openQueries").GetInt64());
        Assert.True(report.GetProperty("bytesPerInstance").GetDouble() > 0);
        Assert.InRange(report.GetProperty("updateMs").GetDouble(), 0, 10);
    }

    /// <summary>How soon the other calls are fast again is a figure, and not asserted here; that an instance at fault is left out is.</summary>
    [Fact]
    public async Task Faults_NoCallFailsAndTheInstanceIsLeftOut()
    {
        var report = await RunAsync(exitCode: null, "faults", "--instances", "4", "--rate", "240", "--rounds", "1", "--seconds", "4", "--json");
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

    [Theory]
    [InlineData("give numbers from 1 on", "picks", "--lengths", "10", "0")]
    [InlineData("Cannot parse argument 'x'", "picks", "--lengths", "x")]
    [InlineData("The service config can't be used: ", "faults", "--config", "x")]
    [InlineData("no policy 'nosuch' to simulate", "simulate", "--policy", "nosuch")]
    [InlineData("give --servers from 1 on", "simulate", "--servers", "0")]
    public async Task WrongArgument_IsAnErrorThatNamesTheFix(string expected, params string[] arguments)
    {
        var run = await ChildProcess.RunAsync("dotnet", [BuiltProgram.Path("bench", "Rollcall.LoadTest"), .. arguments], timeout: TimeSpan.FromMinutes(1));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at Rollcall.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_GivesRatiosToTheBaselineAndBytesPerCall()
    {
        var ratios = await RunAsync("calls", "--rounds", "1", "--turn-seconds", "0.2", "--warmup-seconds", "0.3", "--json");
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
        var ratios = await RunAsync(
            "calls", "--only", "http1", "--rounds", "1", "--turn-seconds", "0.1", "--warmup-seconds", "0.1", "--processes", "2", "--json");

        Assert.True(ratios.GetProperty("http16").GetDouble() > 0);
        Assert.False(ratios.TryGetProperty("http64", out _));
    }

    [Fact]
    public async Task Picks_NoPolicyAllocatesAndEveryAnswerIsRight()
    {
        // It ends with an error when an answer is wrong.
        var report = await RunAsync(
            "picks", "--rounds", "2", "--calls", "20000", "--lengths", "10", "--lengths", "100", "--seconds", "0.3", "--json");
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

    [Fact]
    public async Task Soak_HoldsNoMoreAtTheEndThanAfterTheWarmUp()
    {
        var report = await RunAsync("soak", "--minutes", "0.2", "--json");
        Assert.True(report.GetProperty("calls").GetInt64() > 0);
        Assert.Empty(report.GetProperty("faults").EnumerateArray());
        Assert.Equal(0, report.GetProperty("unobserved").GetInt32());
        Assert.True(report.GetProperty("replaced").GetInt32() > 0);
    }

    [Theory]
    [InlineData("heap")]
    [InlineData("handles")]
    [InlineData("threads")]
    [InlineData("exceptions")]
    public async Task Soak_FindsWhatIsLostWithEachCall(string what)
    {
        var report = await RunAsync(exitCode: 1, "soak", "--minutes", "0.1", "--leak", what, "--json");
        Assert.Equal([$"caller {what}"], report.GetProperty("faults").EnumerateArray().Select(static f => f.GetString()));
    }

    [RequiresConsulFact]
    public async Task Agent_GivesRatiosToConsul()
    {
        var ratios = await RunAsync(
            "agent", "--consul", RealConsul.BinaryPath, "--rounds", "1", "--turn-seconds", "0.2", "--warmup-seconds", "0.2", "--scale", "0.01", "--json");
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
        var output = await ChildProcess.RunAsync("dotnet", [Program, "agent", "--consul", "/nowhere/consul"]);
        Assert.Equal(2, output.ExitCode);
        Assert.Contains("--consul", output.Error, StringComparison.Ordinal);
    }

    [RequiresConsulFact]
    public async Task Agent_WithoutThePublishedFile_SaysHowToMakeIt()
    {
        var output = await ChildProcess.RunAsync("dotnet", [Program, "agent", "--consul", RealConsul.BinaryPath, "--published", "/nowhere/rollcall"]);
        Assert.Equal(2, output.ExitCode);
        Assert.Contains("eng/publish.sh", output.Error, StringComparison.Ordinal);
    }

    private static string Program => BuiltProgram.Path("bench", "Rollcall.LoadTest");

    /// <summary>Runs a command and reads the JSON object on its last line.</summary>
    private static Task<JsonElement> RunAsync(params string[] arguments) => RunAsync(exitCode: 0, arguments);

    /// <param name="exitCode">What it has to end with; null: the caller looks at the figures alone.</param>
    /// <param name="arguments">The command.</param>
    private static async Task<JsonElement> RunAsync(int? exitCode, params string[] arguments)
    {
        var output = await ChildProcess.RunAsync("dotnet", [Program, .. arguments], timeout: TimeSpan.FromSeconds(220));
        Assert.True(output.ExitCode == (exitCode ?? output.ExitCode), $"exit code {output.ExitCode}:\n{output.Output}\n{output.Error}");
        return JsonDocument.Parse(output.Output.TrimEnd().Split('\n')[^1]).RootElement;
    }
}
