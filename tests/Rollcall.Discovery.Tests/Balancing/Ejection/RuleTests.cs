using Rollcall.Discovery.Balancing.Ejection;

namespace Rollcall.Discovery.Tests.Balancing.Ejection;

public sealed class RuleTests
{
    private static IntervalRecord Calls(int successes, int failures) => new(successes, failures, TimeSpan.Zero, 0);

    private static IntervalRecord Took(double milliseconds, int calls = 20) => new(calls, 0, TimeSpan.FromMilliseconds(milliseconds), calls);

    /// <summary>So many endpoints of which some fail every call.</summary>
    private static IntervalRecord[] Bad(int bad, int of) =>
        [.. Enumerable.Repeat(Calls(0, 100), bad), .. Enumerable.Repeat(Calls(100, 0), of - bad)];

    [Fact]
    public void SuccessRate_FindsTheOneThatFails()
    {
        IntervalRecord[] records = [Calls(100, 0), Calls(99, 1), Calls(60, 40), Calls(100, 0), Calls(98, 2)];

        var found = Assert.Single(SuccessRateRule.Find(records, new SuccessRateEjectionOptions()));

        Assert.Equal(2, found.Member);
        Assert.Equal("60.0 % of its calls succeeded, 91.4 % of all", found.Reason);
    }

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(2, 10, 2)]
    [InlineData(3, 10, 0)] // 1.9 standard deviations are blind when more than 21.7 % are bad
    [InlineData(21, 100, 21)]
    [InlineData(22, 100, 0)]
    public void SuccessRate_FindsAFewBadOnesOnly(int bad, int of, int found) =>
        Assert.Equal(found, SuccessRateRule.Find(Bad(bad, of), new SuccessRateEjectionOptions()).Count);

    [Fact]
    public void SuccessRate_NeedsFiveHostsWithAHundredCalls()
    {
        var options = new SuccessRateEjectionOptions();

        Assert.Empty(SuccessRateRule.Find([Calls(0, 100), Calls(100, 0), Calls(100, 0), Calls(100, 0)], options));
        Assert.Empty(SuccessRateRule.Find([Calls(0, 100), Calls(100, 0), Calls(100, 0), Calls(100, 0), Calls(99, 0)], options));
        Assert.Empty(SuccessRateRule.Find([Calls(0, 99), .. Enumerable.Repeat(Calls(100, 0), 5)], options));
        Assert.Single(SuccessRateRule.Find([Calls(0, 100), .. Enumerable.Repeat(Calls(100, 0), 4)], new SuccessRateEjectionOptions { StdevFactor = 1.5 }));
    }

    [Fact]
    public void SuccessRate_AllAlike_FindsNone()
    {
        Assert.Empty(SuccessRateRule.Find(Bad(10, 10), new SuccessRateEjectionOptions()));
        Assert.Empty(SuccessRateRule.Find(Bad(0, 10), new SuccessRateEjectionOptions()));
    }

    [Fact]
    public void FailurePercentage_FindsThoseAboveTheThreshold_WorstFirst()
    {
        IntervalRecord[] records = [Calls(14, 86), Calls(15, 85), Calls(0, 100), Calls(100, 0), Calls(50, 0)];

        var found = FailurePercentageRule.Find(records, new FailurePercentageEjectionOptions());

        Assert.Equal([2, 0], found.Select(o => o.Member));
        Assert.Equal("100 % of its 100 calls failed", found[0].Reason);
    }

    [Fact]
    public void FailurePercentage_NeedsFiveHostsWithFiftyCalls()
    {
        var options = new FailurePercentageEjectionOptions();

        Assert.Empty(FailurePercentageRule.Find([Calls(0, 50), .. Enumerable.Repeat(Calls(50, 0), 3)], options));
        Assert.Empty(FailurePercentageRule.Find([Calls(0, 50), .. Enumerable.Repeat(Calls(50, 0), 3), Calls(49, 0)], options));
        Assert.Empty(FailurePercentageRule.Find([Calls(0, 49), .. Enumerable.Repeat(Calls(50, 0), 5)], options));
        Assert.Single(FailurePercentageRule.Find([Calls(0, 50), .. Enumerable.Repeat(Calls(50, 0), 4)], options));
    }

    [Fact]
    public void Latency_FindsTheSlowOne()
    {
        var found = Assert.Single(LatencyRule.Find([Took(10), Took(12), Took(120), Took(11)], new LatencyEjectionOptions()));

        Assert.Equal(2, found.Member);
        Assert.Equal("half of its calls took 120 ms or more, of the others' 11 ms", found.Reason);
    }

    [Fact]
    public void Latency_SeveralSlowOnes_WorstFirst() =>
        Assert.Equal([3, 0], LatencyRule.Find([Took(100), Took(10), Took(12), Took(300), Took(11)], new LatencyEjectionOptions()).Select(o => o.Member));

    [Fact]
    public void Latency_MostAreSlow_FindsNone() =>
        Assert.Empty(LatencyRule.Find([Took(100), Took(10), Took(110), Took(120), Took(11)], new LatencyEjectionOptions()));

    [Theory]
    [InlineData(30, 0)] // three times the others is not above it
    [InlineData(31, 1)]
    public void Latency_Factor(double milliseconds, int found) =>
        Assert.Equal(found, LatencyRule.Find([Took(milliseconds), Took(10), Took(10)], new LatencyEjectionOptions()).Count);

    [Fact]
    public void Latency_DifferenceThatNobodyFeels_FindsNone()
    {
        Assert.Empty(LatencyRule.Find([Took(5), Took(0.1), Took(0.1)], new LatencyEjectionOptions()));
        Assert.Single(LatencyRule.Find([Took(5), Took(0.1), Took(0.1)], new LatencyEjectionOptions { MinimumExcess = TimeSpan.Zero }));
    }

    [Fact]
    public void Latency_NeedsHostsAndCalls()
    {
        var options = new LatencyEjectionOptions();

        Assert.Empty(LatencyRule.Find([Took(100), Took(1)], options));
        Assert.Empty(LatencyRule.Find([Took(100, 19), Took(1), Took(1), Took(1)], options));
        Assert.Empty(LatencyRule.Find([Took(100), Took(1), Took(1, 19)], options));
        Assert.Single(LatencyRule.Find([Took(100), Took(1)], new LatencyEjectionOptions { MinimumHosts = 2 }));
    }
}
