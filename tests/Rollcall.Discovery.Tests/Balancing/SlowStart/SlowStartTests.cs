using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Balancing.SlowStart;

namespace Rollcall.Discovery.Tests.Balancing.SlowStart;

public sealed class SlowStartTests : IAsyncDisposable
{
    private static readonly Endpoint[] s_ten = Instances.Many(10);

    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    private static ServiceBalancerOptions Options(double aggression = 1) => new()
    {
        SlowStart = new SlowStartOptions { Window = TimeSpan.FromSeconds(100), Aggression = aggression },
        Random = new ThreadSafeRandom(5),
    };

    /// <summary>Nine endpoints, then a tenth joins.</summary>
    private async Task<ServiceBalancer> JoinAsync(string policy, ServiceBalancerOptions options)
    {
        var balancer = await _harness.BalanceAsync(BalancingPolicies.Find(policy), options, s_ten[..9]);
        await _harness.AnswerAsync(balancer, 2, s_ten);
        return balancer;
    }

    /// <summary>The newcomer's share of calls with different keys, in parts of an equal share.</summary>
    private static double Share(ServiceBalancer balancer, int calls = 40_000) => Share(balancer, static call => call, calls);

    private static double Share(ServiceBalancer balancer, Func<ulong, ulong> keyOf, int calls = 40_000)
    {
        var hits = 0;
        for (var i = 0; i < calls; i++)
        {
            Assert.True(balancer.TryPick(new PickContext { HashKey = keyOf((ulong)i) }, out var lease));
            hits += lease.Endpoint.Equals(s_ten[9]) ? 1 : 0;
            lease.Complete(Outcomes.Success);
        }

        // An endpoint with the weight f beside nine with 1 takes f / (9 + f) of the calls.
        var part = (double)hits / calls;
        return 9 * part / (1 - part);
    }

    [Theory]
    [InlineData("round_robin")]
    [InlineData("random")]
    [InlineData("weighted_round_robin")]
    [InlineData("weighted_random")]
    [InlineData("least_used")]
    [InlineData("maglev")]
    public async Task Newcomer_TakesAGrowingPartOfItsShare(string policy)
    {
        await using var balancer = await JoinAsync(policy, Options());

        Assert.InRange(Share(balancer), 0.09, 0.11);
        _harness.Time.Advance(TimeSpan.FromSeconds(25));
        Assert.InRange(Share(balancer), 0.225, 0.275);
        _harness.Time.Advance(TimeSpan.FromSeconds(25));
        Assert.InRange(Share(balancer), 0.45, 0.55);
        _harness.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.InRange(Share(balancer), 0.95, 1.05);
        Assert.Equal(EndpointStanding.Picked, balancer.Describe(s_ten[9]).Standing);
    }

    /// <summary>Against the share that it has in the end: a ring's is no exact tenth.</summary>
    [Theory]
    [InlineData("least_request")]
    [InlineData("peak_ewma")]
    [InlineData("ring_hash")]
    public async Task Newcomer_TakesAGrowingPartOfWhatItHasInTheEnd(string policy)
    {
        const int Calls = 200_000;
        await using var balancer = await JoinAsync(policy, Options());

        var least = Share(balancer, Calls);
        _harness.Time.Advance(TimeSpan.FromSeconds(50));
        var half = Share(balancer, Calls);
        _harness.Time.Advance(TimeSpan.FromSeconds(50));
        var whole = Share(balancer, Calls);

        Assert.InRange(least / whole, 0.09, 0.11);
        Assert.InRange(half / whole, 0.45, 0.55);
    }

    [Theory]
    [InlineData("pick_first")]
    [InlineData("least_request")]
    [InlineData("peak_ewma")]
    [InlineData("ring_hash")]
    [InlineData("ip_hash")]
    public async Task EveryPolicy_PicksOnAndTheNewcomerHasLessThanItsShare(string policy)
    {
        await using var balancer = await JoinAsync(policy, Options());

        Assert.InRange(Share(balancer, 10_000), 0, 0.4);
    }

    [Theory]
    [InlineData(2, 0.5)] // faster at first: (25/100)^(1/2)
    [InlineData(0.5, 0.1)] // slower: (25/100)^2 is below the least
    public async Task Aggression_BendsTheGrowth(double aggression, double share)
    {
        await using var balancer = await JoinAsync("round_robin", Options(aggression));
        _harness.Time.Advance(TimeSpan.FromSeconds(25));

        Assert.InRange(Share(balancer), share * 0.9, share * 1.1);
    }

    [Fact]
    public async Task FirstList_TakesItsWholeShare()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), Options(), s_ten);

        Assert.All(balancer.Spread(1000).Values, c => Assert.Equal(100, c));
        Assert.Equal(0, _harness.Time.PendingTimers);
    }

    [Fact]
    public async Task AllAreNew_SharesAreEqual()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), Options(), s_ten[..5]);
        await _harness.AnswerAsync(balancer, 2, s_ten[5..]);

        Assert.All(balancer.Spread(1000).Values, c => Assert.Equal(200, c));
    }

    [Fact]
    public async Task HalfAreNew_EachTakesItsPart()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), Options(), s_ten[..5]);
        await _harness.AnswerAsync(balancer, 2, s_ten);

        var spread = balancer.Spread(55_000);

        Assert.All(s_ten[..5], e => Assert.InRange(spread[e.Id], 9500, 10_500));
        Assert.All(s_ten[5..], e => Assert.InRange(spread[e.Id], 900, 1100));
    }

    /// <summary>They may all have the same one, their caller's address for example.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task KeysOfCalls_PlayNoPartForPoliciesThatDoNotHash(ulong key)
    {
        await using var balancer = await JoinAsync("round_robin", Options());
        _harness.Time.Advance(TimeSpan.FromSeconds(50));

        Assert.InRange(Share(balancer, _ => key), 0.45, 0.55);
    }

    [Fact]
    public async Task KeysMoveToTheNewcomerOnceAndStay()
    {
        await using var balancer = await JoinAsync("maglev", Options());
        var moved = new HashSet<ulong>();
        for (var step = 0; step < 10; step++)
        {
            var now = new HashSet<ulong>();
            for (ulong key = 0; key < 2000; key++)
            {
                Assert.True(balancer.TryPick(new PickContext { HashKey = key }, out var lease));
                lease.Complete(Outcomes.Success);
                if (lease.Endpoint.Equals(s_ten[9]))
                {
                    now.Add(key);
                }
            }

            // A few come to it by a second choice, for which another warming endpoint would have stood.
            Assert.True(moved.Except(now).Count() <= 2000 / 100, $"{moved.Except(now).Count()} keys left it again");
            moved = now;
            _harness.Time.Advance(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public async Task Describe_SaysHowFarItIs()
    {
        await using var balancer = await JoinAsync("round_robin", Options());
        _harness.Time.Advance(TimeSpan.FromSeconds(30));

        var newcomer = balancer.Describe(s_ten[9]);

        Assert.Equal((EndpointStanding.Warming, true, 0.3), (newcomer.Standing, newcomer.IsPicked, newcomer.WarmUpFactor));
        Assert.Equal(_harness.Time.GetUtcNow() + TimeSpan.FromSeconds(70), newcomer.Until);
        Assert.Equal(1, balancer.Describe(s_ten[0]).WarmUpFactor);
    }

    [Fact]
    public async Task PicksWhileOneWarms_AllocateNothing()
    {
        await using var balancer = await JoinAsync("round_robin", Options());
        balancer.Spread(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            balancer.TryPick(default, out var lease);
            lease.Complete(Outcomes.Success);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task FaultyOptions_AllAreNamed()
    {
        var options = new ServiceBalancerOptions
        {
            SlowStart = new SlowStartOptions { Window = TimeSpan.FromSeconds(-1), Aggression = 0, MinWeightPercent = 0 },
            Subset = new() { Size = -1, ClientId = "" },
        };

        var e = await Assert.ThrowsAsync<ArgumentException>(() => _harness.BalanceAsync(new RoundRobinPolicy(), options));

        foreach (var name in new[] { "SlowStart.Window", "SlowStart.Aggression", "SlowStart.MinWeightPercent", "Subset.Size", "Subset.ClientId" })
        {
            Assert.Contains(name, e.Message, StringComparison.Ordinal);
        }
    }
}
