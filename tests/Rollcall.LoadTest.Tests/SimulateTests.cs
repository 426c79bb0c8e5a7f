using System.Text.Json;
using Rollcall.TestKit;

namespace Rollcall.LoadTest.Tests;

public sealed class SimulateTests
{
    [Fact]
    public async Task OneOfTenIsSlow_PoliciesThatLookAtLoadAndLatencyStayNearHealthy()
    {
        var slow = await P99Async("1");
        var healthy = await P99Async("0");

        Assert.True(slow["round_robin"] > 1000, $"{slow["round_robin"]}");
        Assert.InRange(slow["least_request 2"], 60, 95);
        Assert.InRange(slow["least_request 10"], 50, slow["least_request 2"]);
        Assert.InRange(slow["peak_ewma"], healthy["round_robin"] * 0.9, slow["least_request 10"]);
        Assert.InRange(healthy["round_robin"], 40, 52);
    }

    [Fact]
    public async Task HalfAreSlow_TwoChoicesAreNotEnough_FourAre()
    {
        var slow = await P99Async("5");

        Assert.True(slow["least_request 2"] > 1000, $"{slow["least_request 2"]}");
        Assert.InRange(slow["least_request 4"], 50, 600);
    }

    private static async Task<Dictionary<string, double>> P99Async(string slow)
    {
        var run = await ChildProcess.RunAsync(
            "dotnet",
            [BuiltProgram.Path("bench", "Rollcall.LoadTest"), "simulate", "--slow", slow, "--calls", "40000", "--json"],
            timeout: TimeSpan.FromSeconds(60));
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonSerializer.Deserialize<JsonElement>(line))
            .ToDictionary(static r => r.GetProperty("policy").GetString()!, static r => r.GetProperty("p99Ms").GetDouble());
    }
}
