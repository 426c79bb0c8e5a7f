using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Ejection;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Events;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing.Ejection;

public sealed class OutlierEjectionTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    private Task<ServiceBalancer> BalanceAsync(OutlierEjectionOptions options, params Endpoint[] endpoints) =>
        _harness.BalanceAsync(
            new RoundRobinPolicy(), new ServiceBalancerOptions { OutlierEjection = options, Random = new ThreadSafeRandom(3) }, endpoints);

    private static void Fail(ServiceBalancer balancer, Endpoint endpoint, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            balancer.Pick(endpoint).Complete(Outcomes.Failure);
        }
    }

    /// <summary>Of a long list, for which it begins on another thread.</summary>
    private async Task IntervalAsync()
    {
        await _harness.Time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(10));
        _harness.Time.Advance(TimeSpan.FromSeconds(10));
    }

    private static void Call(ServiceBalancer balancer, int rounds, Func<Endpoint, CallOutcome> outcome)
    {
        var calls = rounds * balancer.Describe().Endpoints.Length;
        for (var i = 0; i < calls; i++)
        {
            Assert.True(balancer.TryPick(default, out var lease));
            lease.Complete(outcome(lease.Endpoint));
        }
    }

    private static string[] Ejected(ServiceBalancer balancer) =>
        [.. balancer.Describe().Endpoints.Where(e => e.Standing == EndpointStanding.Ejected).Select(e => e.Endpoint.Id)];

    [Fact]
    public async Task FiveFailuresInARow_OneOfTwoIsEjectedByDefault()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B);

        Fail(balancer, B, 4);
        Assert.Contains("b", balancer.Picks(2));
        Fail(balancer, B, 1);

        Assert.DoesNotContain("b", balancer.Picks(20));
        var description = balancer.Describe(B);
        Assert.Equal((EndpointStanding.Ejected, false), (description.Standing, description.IsPicked));
        Assert.Equal("5 calls in a row failed", description.Reason);
        Assert.Equal(_harness.Time.GetUtcNow() + TimeSpan.FromSeconds(30), description.Until);
    }

    [Fact]
    public async Task Ejection_IsLoggedWithItsCause_AndItsEnd()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B);
        for (var i = 0; i < 5; i++)
        {
            balancer.Pick(B).Complete(Outcomes.Failure with { Reason = $"Unavailable: not now {i}\n{new string('x', 1000)}" });
        }

        Assert.StartsWith("5 calls in a row failed, the last with Unavailable: not now 4 xxx", balancer.Describe(B).Reason, StringComparison.Ordinal);
        Assert.InRange(balancer.Describe(B).Reason!.Length, 200, 240);
        var warning = Assert.Single(_harness.Log.Entries, static e => e.Level == LogLevel.Warning).Message;
        Assert.StartsWith($"No calls to b ({B.Authority}) of orders for 00:00:30: 5 calls in a row failed, the last with Unavailable: not now 4 xxx", warning, StringComparison.Ordinal);

        _harness.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains("b", balancer.Picks(20));
        Assert.Equal($"Calls go to b ({B.Authority}) of orders again", Assert.Single(_harness.Log.Entries, static e => e.Level == LogLevel.Information && e.Message.StartsWith("Calls go to", StringComparison.Ordinal)).Message);
    }

    [Fact]
    public async Task EjectionsOneAfterTheOther_AreNoFloodOfWarnings()
    {
        var options = new OutlierEjectionOptions { MaxEjectionPercent = 100, BaseEjectionTime = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromHours(1) };
        await using var balancer = await BalanceAsync(options, A, B, C);

        Fail(balancer, B, 5);
        _harness.Time.Advance(TimeSpan.FromSeconds(5));
        Fail(balancer, C, 5);
        Assert.Single(_harness.Log.Entries, static e => e.Level == LogLevel.Warning);
        Assert.Single(_harness.Log.Entries, static e => e.Level == LogLevel.Debug && e.Message.StartsWith("No calls to c", StringComparison.Ordinal));

        _harness.Time.Advance(TimeSpan.FromSeconds(5));
        Fail(balancer, B, 5);
        Assert.Equal(2, _harness.Log.Entries.Count(static e => e.Level == LogLevel.Warning));
    }

    [Fact]
    public async Task SuccessInBetween_TheCountStartsAgain()
    {
        await using var balancer = await BalanceAsync(new OutlierEjectionOptions(), A, B);

        Fail(balancer, B, 4);
        balancer.Pick(B).Complete(Outcomes.Success);
        Fail(balancer, B, 4);

        Assert.Empty(Ejected(balancer));
    }

    [Fact]
    public async Task CancelledAndUnreachable_AreNoFailures()
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), new ServiceBalancerOptions { UnreachableCooldown = TimeSpan.Zero }, A, B);

        for (var i = 0; i < 20; i++)
        {
            balancer.Pick(B).Complete(i % 2 == 0 ? Outcomes.Cancelled : Outcomes.Unreachable);
        }

        Assert.Empty(Ejected(balancer));
    }

    [Fact]
    public async Task AllFailAlike_NoneIsAnOutlier()
    {
        await using var balancer = await BalanceAsync(new OutlierEjectionOptions { MaxEjectionPercent = 100 }, [.. Many(6)]);

        Call(balancer, 100, _ => Outcomes.Failure);

        Assert.Empty(Ejected(balancer));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public async Task AllAreFoundBad_OneStaysAlways(int n)
    {
        var options = new OutlierEjectionOptions
        {
            MaxEjectionPercent = 100,
            ConsecutiveFailures = 0,
            FailurePercentage = new FailurePercentageEjectionOptions { MinimumHosts = 1, RequestVolume = 1 },
        };
        await using var balancer = await BalanceAsync(options, [.. Many(n)]);

        Call(balancer, 10, _ => Outcomes.Failure);
        _harness.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(n - 1, Ejected(balancer).Length);
        Assert.DoesNotContain("-", balancer.Picks(10));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(9, 1)]
    [InlineData(19, 1)]
    [InlineData(20, 2)]
    [InlineData(40, 4)]
    public async Task ManyBad_TenPercentAreEjectedAtMostButOneAlways(int n, int ejected)
    {
        var options = new OutlierEjectionOptions { FailurePercentage = new FailurePercentageEjectionOptions { MinimumHosts = 1, RequestVolume = 5 } };
        await using var balancer = await BalanceAsync(options, [.. Many(n)]);

        Call(balancer, 10, e => int.Parse(e.Id[1..]) < n / 2 ? Outcomes.Failure : Outcomes.Success);
        _harness.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(ejected, Ejected(balancer).Length);
    }

    [Theory]
    [InlineData(2, 2, 1, 0)] // one always, not one of each group
    [InlineData(4, 15, 1, 0)]
    [InlineData(4, 16, 1, 1)]
    [InlineData(20, 1, 2, 0)]
    [InlineData(30, 30, 3, 3)]
    public async Task SeveralGroups_ThePercentageHoldsOfEachAndOfAllTogether(int near, int far, int nearEjected, int farEjected)
    {
        Endpoint[] endpoints =
        [
            .. Many(near + far).Select((e, i) => new Endpoint(e.Id, e.Host, e.Port) { Zone = i < near ? "near" : "far" }),
        ];
        var options = new ServiceBalancerOptions
        {
            Locality = { Zone = "near" },
            OutlierEjection = { ConsecutiveFailures = 0, FailurePercentage = new FailurePercentageEjectionOptions { MinimumHosts = 1, RequestVolume = 1 } },
            Random = new ThreadSafeRandom(3),
        };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, endpoints);

        foreach (var endpoint in endpoints)
        {
            Assert.True(balancer.TryPick(new PickContext { Tried = [.. endpoints.Where(e => e != endpoint)] }, out var lease));
            lease.Complete(Outcomes.Failure);
        }

        _harness.Time.Advance(TimeSpan.FromSeconds(10));

        var ejected = Ejected(balancer).ToLookup(id => endpoints.Single(e => e.Id == id).Zone);
        Assert.Equal((nearEjected, farEjected), (ejected["near"].Count(), ejected["far"].Count()));
    }

    [Fact]
    public async Task SeveralGroups_FailuresInARowEjectOneOfFour()
    {
        Endpoint[] endpoints = [.. Many(4).Select((e, i) => new Endpoint(e.Id, e.Host, e.Port) { Zone = i < 2 ? "near" : "far" })];
        var options = new ServiceBalancerOptions { Locality = { Zone = "near" }, Random = new ThreadSafeRandom(3) };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, endpoints);

        foreach (var bad in new[] { endpoints[0], endpoints[2] })
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.True(balancer.TryPick(new PickContext { Tried = [.. endpoints.Where(e => e != bad)] }, out var lease));
                lease.Complete(Outcomes.Failure);
            }
        }

        Assert.Equal(["i00000"], Ejected(balancer));
    }

    [Fact]
    public async Task EjectedAgain_BaseTimesTheNumberUpToTheLongest_AndTheNumberDecays()
    {
        await using var balancer = await BalanceAsync(
            new OutlierEjectionOptions { MaxEjectionTime = TimeSpan.FromSeconds(100) }, A, B);
        foreach (var seconds in new[] { 30, 60, 90, 100, 100 })
        {
            Fail(balancer, B, 5);
            _harness.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.DoesNotContain("b", balancer.Picks(4));
            _harness.Time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Contains("b", balancer.Picks(4));
        }

        // Five base times; three whole intervals without ejection take three off, and the next one counts.
        _harness.Time.Advance(TimeSpan.FromSeconds(39));
        Fail(balancer, B, 5);
        _harness.Time.Advance(TimeSpan.FromSeconds(90) - TimeSpan.FromMilliseconds(1));
        Assert.DoesNotContain("b", balancer.Picks(4));
        _harness.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Contains("b", balancer.Picks(4));

        _harness.Time.Advance(TimeSpan.FromMinutes(10));
        Fail(balancer, B, 5);
        Assert.Equal(_harness.Time.GetUtcNow() + TimeSpan.FromSeconds(30), balancer.Describe(B).Until);
    }

    [Fact]
    public async Task SuccessRate_TheBadOneOfTenIsEjectedAtTheEndOfTheInterval()
    {
        var options = new OutlierEjectionOptions { ConsecutiveFailures = 0, SuccessRate = new SuccessRateEjectionOptions() };
        await using var balancer = await BalanceAsync(options, [.. Many(10)]);

        Call(balancer, 100, e => e.Id == "i00004" && balancer.Describe(e).Picks % 2 == 0 ? Outcomes.Failure : Outcomes.Success);
        Assert.Empty(Ejected(balancer));
        _harness.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["i00004"], Ejected(balancer));
        Assert.Equal(0.5, balancer.Describe().Endpoints[4].SuccessRate);
        Assert.Equal(1, balancer.Describe().Endpoints[3].SuccessRate);
    }

    [Fact]
    public async Task Latency_TheSlowOneIsEjected_AlsoWhenItsCallsAreGivenUp()
    {
        var options = new OutlierEjectionOptions { MaxEjectionPercent = 50, Latency = new LatencyEjectionOptions() };
        await using var balancer = await BalanceAsync(options, [.. Many(4)]);

        Call(balancer, 20, e => e.Id switch
        {
            "i00001" => new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(100)),
            "i00002" => new CallOutcome(CallResult.Cancelled, TimeSpan.FromMilliseconds(150)),
            _ => new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(10)),
        });
        _harness.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["i00001", "i00002"], Ejected(balancer));
        Assert.InRange(balancer.Describe().Endpoints[0].MedianLatency!.Value.TotalMilliseconds, 8, 12);
    }

    [Theory]
    [InlineData(CallResult.Cancelled, true, false)]
    [InlineData(CallResult.Cancelled, false, true)]
    [InlineData(CallResult.Success, false, true)]
    public async Task Latency_TheLifeOfStreamsSaysNothing(CallResult result, bool isAnswered, bool isStream)
    {
        var options = new OutlierEjectionOptions { MaxEjectionPercent = 50, Latency = new LatencyEjectionOptions() };
        await using var balancer = await BalanceAsync(options, [.. Many(4)]);

        Call(balancer, 20, e => e.Id == "i00001"
            ? new CallOutcome(result, TimeSpan.FromMinutes(10)) { IsAnswered = isAnswered, IsStream = isStream }
            : new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(10)));
        _harness.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Empty(Ejected(balancer));
    }

    [Fact]
    public async Task Latency_OfStreamsThatTheirServerEndedTheTimeToTheirHeadersCounts()
    {
        var options = new OutlierEjectionOptions { MaxEjectionPercent = 50, Latency = new LatencyEjectionOptions() };
        await using var balancer = await BalanceAsync(options, [.. Many(4)]);

        Call(balancer, 20, e => new CallOutcome(CallResult.Success, TimeSpan.FromMinutes(10))
        {
            IsStream = true,
            AnsweredAfter = TimeSpan.FromMilliseconds(e.Id == "i00001" ? 100 : 10),
        });
        _harness.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["i00001"], Ejected(balancer));
    }

    [Fact]
    public async Task NoCalls_NothingRuns()
    {
        var options = new OutlierEjectionOptions { SuccessRate = new SuccessRateEjectionOptions() };
        await using var balancer = await BalanceAsync(options, A, B);
        Assert.Equal(0, _harness.Time.PendingTimers);

        Call(balancer, 1, _ => Outcomes.Success);
        Assert.Equal(TimeSpan.FromSeconds(10), _harness.Time.NextTimerDueIn);
        _harness.Time.Advance(TimeSpan.FromSeconds(10)); // had calls: one more interval
        Assert.Equal(1, _harness.Time.PendingTimers);
        _harness.Time.Advance(TimeSpan.FromSeconds(10)); // had none
        Assert.Equal(0, _harness.Time.PendingTimers);

        Call(balancer, 1, _ => Outcomes.Success);
        Assert.Equal(1, _harness.Time.PendingTimers);
    }

    [Fact]
    public async Task TimesByDefault_NoTimerAtAll()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B);

        Call(balancer, 10, _ => Outcomes.Success);

        Assert.Equal(0, _harness.Time.PendingTimers);
    }

    [Fact]
    public async Task Enforcement_IsAMatterOfChance()
    {
        var options = new OutlierEjectionOptions
        {
            MaxEjectionPercent = 100,
            ConsecutiveFailures = 0,
            FailurePercentage = new FailurePercentageEjectionOptions { MinimumHosts = 1, RequestVolume = 1, EnforcementPercent = 30 },
        };
        await using var balancer = await BalanceAsync(options, [.. Many(1000)]);

        Call(balancer, 1, _ => Outcomes.Failure);
        await IntervalAsync();

        await Eventually.TrueAsync(() => Ejected(balancer).Length is >= 250 and <= 350);
    }

    [Theory]
    [InlineData(51, true)] // 49 % are healthy
    [InlineData(50, false)]
    [InlineData(49, false)] // 51 %
    public async Task Panic_BelowHalfAllArePicked(int bad, bool panic)
    {
        var options = new OutlierEjectionOptions
        {
            MaxEjectionPercent = 100,
            ConsecutiveFailures = 0,
            FailurePercentage = new FailurePercentageEjectionOptions { MinimumHosts = 1, RequestVolume = 1 },
        };
        await using var balancer = await BalanceAsync(options, [.. Many(100)]);

        Call(balancer, 5, e => int.Parse(e.Id[1..]) < bad ? Outcomes.Failure : Outcomes.Success);
        await IntervalAsync();

        await Eventually.TrueAsync(() => Ejected(balancer).Length == bad);
        Assert.Equal(panic ? 100 : 100 - bad, balancer.Picks(200).Distinct().Count());
        Assert.Equal(new LocalityDescription("all", 1, 100 - bad, 100, panic), Assert.Single(balancer.Describe().Localities));
    }

    [Fact]
    public async Task Panic_RefusingEndpointsStayOut()
    {
        await using var balancer = await BalanceAsync(new OutlierEjectionOptions { MaxEjectionPercent = 50 }, [.. Many(4)]);
        Fail(balancer, Many(4)[0], 5);
        balancer.Pick(Many(4)[1]).Complete(Outcomes.Unreachable);
        balancer.Pick(Many(4)[2]).Complete(Outcomes.Unreachable);

        // One of four is healthy: the ejected one is back, what refuses is not.
        Assert.Equal(["i00000", "i00003"], balancer.Picks(20).Distinct().Order());
        Assert.Contains("too few are healthy", balancer.Describe().Endpoints[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RetryThatTriedAllOthers_GoesToTheEjectedOne()
    {
        await using var balancer = await BalanceAsync(new OutlierEjectionOptions(), A, B);
        Fail(balancer, B, 5);

        Assert.True(balancer.TryPick(new PickContext { Tried = [A] }, out var lease));

        Assert.Equal(B, lease.Endpoint);
    }

    [Fact]
    public async Task RulesTurnedOff_AllAreBack()
    {
        await using var balancer = await BalanceAsync(new OutlierEjectionOptions(), A, B);
        Fail(balancer, B, 5);

        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { OutlierEjection = { ConsecutiveFailures = 0 } });

        Assert.Contains("b", balancer.Picks(2));
        Assert.Empty(Ejected(balancer));
    }

    [Fact]
    public async Task ListChanges_EjectionsAndCountsStay()
    {
        await using var balancer = await BalanceAsync(new OutlierEjectionOptions { MaxEjectionPercent = 50 }, A, B, C);
        Fail(balancer, B, 5);
        Fail(balancer, A, 4);

        await _harness.AnswerAsync(balancer, 2, A, B, C, Many(1)[0]);

        Assert.Equal(["b"], Ejected(balancer));
        Fail(balancer, A, 1);
        Assert.Equal(["a", "b"], Ejected(balancer));
    }

    [Fact]
    public async Task EventsTellOfEjectionAndReturn()
    {
        await using var balancer = await BalanceAsync(new OutlierEjectionOptions(), A, B);
        await using var events = _harness.Directory.Events.ReadAllAsync().GetAsyncEnumerator();
        var next = events.MoveNextAsync().AsTask();

        Fail(balancer, B, 5);
        Assert.True(await next.WithinAsync());
        var ejected = Assert.IsType<EndpointEjected>(events.Current);
        Assert.Equal((B, "5 calls in a row failed", ejected.Time + TimeSpan.FromSeconds(30)), (ejected.Endpoint, ejected.Reason, ejected.Until));

        _harness.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(await events.MoveNextAsync().AsTask().WithinAsync());
        Assert.Equal(B, Assert.IsType<EndpointReadmitted>(events.Current).Endpoint);
    }

    [Fact]
    public async Task FaultyOptions_AllAreNamed()
    {
        var options = new OutlierEjectionOptions
        {
            Interval = TimeSpan.Zero,
            BaseEjectionTime = TimeSpan.Zero,
            MaxEjectionPercent = 101,
            ConsecutiveFailures = -1,
            SuccessRate = new SuccessRateEjectionOptions { StdevFactor = 0, EnforcementPercent = 101, MinimumHosts = 0, RequestVolume = 0 },
            FailurePercentage = new FailurePercentageEjectionOptions { Threshold = -1 },
            Latency = new LatencyEjectionOptions { Factor = 1, MinimumHosts = 1, MinimumExcess = TimeSpan.FromSeconds(-1) },
        };

        var e = await Assert.ThrowsAsync<ArgumentException>(() => BalanceAsync(options, A));

        foreach (var name in new[]
        {
            "OutlierEjection.Interval", "OutlierEjection.BaseEjectionTime", "OutlierEjection.MaxEjectionPercent must be from 0 to 100, and is 101",
            "OutlierEjection.ConsecutiveFailures", "OutlierEjection.SuccessRate.StdevFactor", "OutlierEjection.SuccessRate.EnforcementPercent",
            "OutlierEjection.SuccessRate.MinimumHosts", "OutlierEjection.SuccessRate.RequestVolume", "OutlierEjection.FailurePercentage.Threshold",
            "OutlierEjection.Latency.Factor", "OutlierEjection.Latency.MinimumHosts", "OutlierEjection.Latency.MinimumExcess",
        })
        {
            Assert.Contains(name, e.Message, StringComparison.Ordinal);
        }
    }
}
