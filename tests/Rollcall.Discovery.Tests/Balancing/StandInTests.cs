using System.Collections.Frozen;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Selecting;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Which instance takes a call when the one that the policy chose is full.</summary>
public sealed class StandInTests : IAsyncDisposable
{
    private static readonly Endpoint s_trial = new("x", "127.0.0.1", 1010)
    {
        Metadata = new Dictionary<string, string> { ["version"] = "2.0.0" }.ToFrozenDictionary(),
    };

    private static readonly CanaryRule s_rule = new() { Instances = new EndpointSelector { Version = VersionRange.Parse("^2") }, Header = "x-canary" };

    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [InlineData("weighted_round_robin")]
    [InlineData("weighted_random")]
    [InlineData("least_request")]
    [InlineData("ring_hash")]
    [InlineData("ring_hash_bounded")]
    [InlineData("maglev")]
    public async Task WeightZero_TakesNoFirstAttempts(string policy)
    {
        var drained = B.With(0);
        await using var balancer = await _harness.BalanceAsync(
            BalancingPolicies.Find(policy), new ServiceBalancerOptions { MaxInFlight = 1 }, A.With(1), drained, C.With(1));

        Assert.Equal(["a", "c"], balancer.Picks(2).Order());
        Assert.False(balancer.TryPick(default, out _));
        var error = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());
        Assert.Equal(NoEndpointReason.AllFull, error.Reason);
        Assert.Equal(NoEndpointReason.AllFull, balancer.Explain()?.Reason);

        Assert.True(balancer.TryPick(new PickContext { Tried = [A.With(1), C.With(1)] }, out var lease));
        Assert.Equal(drained, lease.Endpoint);
    }

    [Fact]
    public async Task Canary_CallsStayOnTheirSide()
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), new ServiceBalancerOptions { MaxInFlight = 1, Canary = s_rule }, A, s_trial, B);

        Assert.Equal(["a", "b"], balancer.Picks(2).Order());
        Assert.False(balancer.TryPick(default, out _));
        Assert.False(balancer.TryPick(new PickContext { Canary = false }, out _));
        var error = await Assert.ThrowsAsync<NoEndpointException>(
            () => balancer.PickAsync(new PickContext { Canary = false }).AsTask().WithinAsync());
        Assert.Equal(NoEndpointReason.AllFull, error.Reason);

        Assert.True(balancer.TryPick(new PickContext { Canary = true }, out var lease));
        Assert.Equal(s_trial, lease.Endpoint);
        Assert.False(balancer.TryPick(new PickContext { Canary = true }, out _));
    }

    [Fact]
    public async Task Canary_FurtherAttemptThatHasTriedItsSideGoesToTheOther()
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), new ServiceBalancerOptions { MaxInFlight = 1, Canary = s_rule }, A, s_trial, B);

        Assert.True(balancer.TryPick(new PickContext { Tried = [s_trial], Canary = true }, out var lease));
        Assert.True(balancer.TryPick(new PickContext { Tried = [s_trial], Canary = true }, out var next));

        Assert.Equal(["a", "b"], new[] { lease.Endpoint.Id, next.Endpoint.Id }.Order());
    }

    [Fact]
    public async Task Canary_WithABoundAndALimit_TheCountOfCallsStaysRight()
    {
        await using var balancer = await _harness.BalanceAsync(
            BalancingPolicies.Find("ring_hash_bounded"), new ServiceBalancerOptions { MaxInFlight = 1, Canary = s_rule }, A, B, C, s_trial);
        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { MaxInFlight = 30, Canary = s_rule });

        // Many calls of one key that find their instance full and go to another one.
        for (var round = 0; round < 20; round++)
        {
            var leases = Enumerable.Range(0, 90).Select(_ => Pick(balancer)).ToList();
            leases.ForEach(static lease => lease.Complete(Outcomes.Success));
        }

        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { Canary = s_rule });
        var spread = Enumerable.Range(0, 30).Select(_ => Pick(balancer)).CountBy(static lease => lease.Endpoint).Select(static count => count.Value);
        Assert.Equal([4, 13, 13], spread.Order());
    }

    private static PickLease Pick(ServiceBalancer balancer)
    {
        Assert.True(balancer.TryPick(new PickContext { HashKey = 1 }, out var lease));
        return lease;
    }
}
