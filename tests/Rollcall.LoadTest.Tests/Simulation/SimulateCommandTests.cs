using System.Text.Json;
using System.Xml.Linq;
using Rollcall.TestKit;

namespace Rollcall.LoadTest.Tests.Simulation;

public sealed class SimulateCommandTests
{
    [Fact]
    public async Task SomeFailDieJoinAndLeave_AlmostNoCallIsLost()
    {
        var results = await RunAsync("--slow", "0", "--failing", "1", "--dead", "1", "--joining", "2", "--leaving", "1", "--calls", "40000");

        // Five failures in a row eject an instance, here twice; the calls that are under way on it fail, too.
        Assert.All(results.Where(static r => r.Key != "pick_first"), static r =>
        {
            Assert.InRange(r.Value.GetProperty("lost").GetInt32(), 5, 40);
            Assert.InRange(r.Value.GetProperty("again").GetInt32(), 1, 20);
        });
        Assert.InRange(results["least_request 2"].GetProperty("p99Ms").GetDouble(), 40, 60);
    }

    [Fact]
    public async Task SameSeed_SameResult_ForManyCallersAndAllThatHappens()
    {
        string[] arguments =
        [
            "--servers", "30", "--callers", "5", "--slow", "3", "--failing", "2", "--dead", "2", "--joining", "4", "--leaving", "2", "--slow-start", "1", "--calls", "20000",
        ];

        var one = await RunAsync(arguments);
        var two = await RunAsync(arguments);
        var other = await RunAsync([.. arguments, "--seed", "2"]);

        Assert.Equal(one.Select(static r => r.Value.GetRawText()), two.Select(static r => r.Value.GetRawText()));
        Assert.NotEqual(one["random"].GetRawText(), other["random"].GetRawText());
    }

    [Fact]
    public async Task PictureInTheDocs_ShowsWhatIsSimulated()
    {
        var file = Path.GetTempFileName();
        try
        {
            var run = await ChildProcess.RunAsync(
                "dotnet", [LoadTestRun.Program, "simulate", "--plot", file], timeout: TimeSpan.FromMinutes(3));
            Assert.True(run.ExitCode == 0, run.Error);
            var shown = Bars(RepositoryRoot.Combine("docs", "balancing.svg"));
            var drawn = Bars(file);

            Assert.Equal(39, shown.Count);
            Assert.Equal(shown.Keys.Order(), drawn.Keys.Order());

            // Another processor may round a logarithm otherwise, and a call take another way from there on.
            Assert.All(shown, bar => Assert.InRange(drawn[bar.Key], bar.Value * 0.8, bar.Value * 1.25));
            Assert.True(shown[("round_robin", 1)] > 1000);
            Assert.InRange(shown[("least_request 2", 1)], 60, 95);
            Assert.InRange(shown[("least_request 10", 1)], 50, shown[("least_request 2", 1)]);
            Assert.InRange(shown[("round_robin", 0)], 40, 52);
            Assert.InRange(shown[("peak_ewma", 1)], shown[("round_robin", 0)] * 0.9, shown[("least_request 10", 1)]);
            Assert.True(shown[("least_request 2", 5)] > 1000);
            Assert.InRange(shown[("least_request 4", 5)], 50, 600);
        }
        finally
        {
            File.Delete(file);
        }

        static Dictionary<(string Policy, int Slow), double> Bars(string svg) => XDocument.Load(svg).Descendants()
            .Where(static e => e.Attribute("data-p99") is not null)
            .ToDictionary(static e => ((string)e.Attribute("data-policy")!, (int)e.Attribute("data-slow")!), static e => (double)e.Attribute("data-p99")!);
    }

    private static async Task<Dictionary<string, JsonElement>> RunAsync(params string[] arguments)
    {
        var run = await ChildProcess.RunAsync(
            "dotnet", [LoadTestRun.Program, "simulate", .. arguments, "--json"], timeout: TimeSpan.FromMinutes(2));
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonSerializer.Deserialize<JsonElement>(line))
            .ToDictionary(static r => r.GetProperty("policy").GetString()!);
    }
}
