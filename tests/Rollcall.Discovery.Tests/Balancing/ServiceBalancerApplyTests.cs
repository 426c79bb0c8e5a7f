using System.Collections.Immutable;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Events;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class ServiceBalancerApplyTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Apply_PolicyChangesAndWhatIsKnownOfEndpointsStays()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B, C);
        var before = balancer.Pick(B);
        balancer.Pick(C).Complete(Outcomes.Unreachable);

        balancer.Apply(new PickFirstPolicy());

        Assert.Equal("pick_first", balancer.Policy.Name);
        Assert.Single(balancer.Picks(20).Distinct());
        Assert.Equal(EndpointStanding.CoolingDown, balancer.Describe(C).Standing);
        Assert.True(balancer.Describe(B).InFlight >= 1);
        var inFlight = balancer.Describe(B).InFlight;
        before.Complete(Outcomes.Success);
        Assert.Equal(inFlight - 1, balancer.Describe(B).InFlight);
    }

    [Fact]
    public async Task Apply_SamePolicyKeepsItsPlace()
    {
        var policy = new RoundRobinPolicy();
        await using var balancer = await _harness.BalanceAsync(policy, A, B, C);
        var first = balancer.Picks(1)[0];

        balancer.Apply(policy, new ServiceBalancerOptions { UnreachableCooldown = TimeSpan.Zero });

        var next = balancer.Picks(2);
        Assert.Equal(3, next.Append(first).Distinct().Count());
    }

    [Theory]
    [InlineData("ring_hash", "ring_hash_bounded")]
    [InlineData("maglev", "maglev_bounded")]
    [InlineData("round_robin", "ring_hash_bounded")]
    public async Task Apply_ABoundHoldsForCallsThatAreInFlightAlready(string before, string after)
    {
        await using var balancer = await _harness.BalanceAsync(BalancingPolicies.Find(before), A, B, C);
        for (var key = 0UL; key < 100; key++)
        {
            Assert.True(balancer.TryPick(new PickContext { HashKey = key }, out _));
        }

        balancer.Apply(BalancingPolicies.Find(after));
        for (var i = 0; i < 50; i++)
        {
            Assert.True(balancer.TryPick(new PickContext { HashKey = 1 }, out _));
        }

        Assert.InRange(balancer.Describe().Endpoints.Max(static e => e.InFlight), 50, 63);
    }

    [Fact]
    public async Task Apply_NewOptionsHold()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B);
        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { UnreachableCooldown = TimeSpan.FromSeconds(7) });

        balancer.Pick(B).Complete(Outcomes.Unreachable);

        _harness.Time.Advance(TimeSpan.FromMilliseconds(6999));
        Assert.DoesNotContain("b", balancer.Picks(10));
        _harness.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Contains("b", balancer.Picks(10));
    }

    [Fact]
    public async Task Apply_FaultyOptions_NothingChangesAndTheMessageNamesAllFaults()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A);
        var options = new ServiceBalancerOptions
        {
            UnreachableCooldown = TimeSpan.FromSeconds(-1),
            MaxUnreachableCooldown = TimeSpan.FromSeconds(-2),
        };

        var e = Assert.Throws<ArgumentException>(() => balancer.Apply(new RandomPolicy(), options));

        Assert.Contains("UnreachableCooldown must be 00:00:00 or more, and is -00:00:01", e.Message, StringComparison.Ordinal);
        Assert.Contains("MaxUnreachableCooldown must be", e.Message, StringComparison.Ordinal);
        Assert.Equal("round_robin", balancer.Policy.Name);
    }

    [Fact]
    public async Task Apply_OptionsChangedLaterHaveNoEffect()
    {
        var options = new ServiceBalancerOptions();
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, A, B);
        options.UnreachableCooldown = TimeSpan.Zero;

        balancer.Pick(B).Complete(Outcomes.Unreachable);

        Assert.DoesNotContain("b", balancer.Picks(10));
    }

    [Fact]
    public async Task Apply_TellsObserversOfEvents()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A);
        await using var events = _harness.Directory.Events.ReadAllAsync().GetAsyncEnumerator();
        var next = events.MoveNextAsync().AsTask();

        balancer.Apply(new RoundRobinPolicy());
        balancer.Apply(new RandomPolicy());

        Assert.True(await next.WithinAsync());
        var settings = Assert.IsType<PolicyChanged>(events.Current);
        Assert.Equal(("round_robin", "round_robin"), (settings.Before, settings.Now));
        Assert.True(await events.MoveNextAsync().AsTask().WithinAsync());
        var policy = Assert.IsType<PolicyChanged>(events.Current);
        Assert.Equal(("round_robin", "random"), (policy.Before, policy.Now));
    }

    [Fact]
    public async Task Storm_PicksGoOnWhileSettingsListsAndHealthChange()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B, C);
        ImmutableArray<IBalancingPolicy> policies = [new RoundRobinPolicy(), new RandomPolicy(), new PickFirstPolicy()];

        await BalancerHarness.StormAsync(balancer, i =>
        {
            balancer.Apply(policies[i % 3], new ServiceBalancerOptions
            {
                UnreachableCooldown = TimeSpan.FromMilliseconds(i % 5),
                OutlierEjection =
                {
                    ConsecutiveFailures = 1 + (i % 2),
                    BaseEjectionTime = TimeSpan.FromMilliseconds(4),
                    Interval = TimeSpan.FromMilliseconds(10),
                    MaxEjectionPercent = 100,
                    FailurePercentage = new() { MinimumHosts = 1, RequestVolume = 1, Threshold = 20 },
                },
                SlowStart = { Window = TimeSpan.FromMilliseconds(i % 20) },
                MaxInFlight = i % 7 == 0 ? 100 : 0,
            });
            _harness.Source.Answer((ulong)i + 2, i % 2 == 0 ? [A, B] : [A, B, C]);
            _harness.Time.Advance(TimeSpan.FromMilliseconds(3));
        });

        // Every call ended on the state that its pick was counted on.
        Assert.All(balancer.Describe().Endpoints, e => Assert.Equal(0, e.InFlight));
    }
}
