namespace Rollcall.LoadTest.Tests.Queries;

public sealed class QueriesCommandTests
{
    [Fact]
    public async Task Queries_AThousandTimesTheCallsAskTheAgentNoMore()
    {
        var report = await LoadTestRun.RunAsync("queries", "--calls", "10", "--changes", "5", "--json");
        var phases = report.GetProperty("phases").EnumerateArray().ToArray();
        Assert.Equal([10, 10_000], phases.Select(static p => p.GetProperty("calls").GetInt64()));
        Assert.Equal(1, report.GetProperty("mostOpen").GetInt64());
        Assert.All(phases, static p => Assert.InRange(p.GetProperty("queries").GetInt64(), 1, 5));
    }
}
