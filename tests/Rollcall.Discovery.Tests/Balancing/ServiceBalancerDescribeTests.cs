using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class ServiceBalancerDescribeTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public void NoListYet_NothingIsDescribed()
    {
        using var balancer = new ServiceBalancer(_harness.Directory.Watch(new ServiceQuery("orders")), new RoundRobinPolicy());

        var description = balancer.Describe();

        Assert.Equal("round_robin", description.Policy);
        Assert.Empty(description.Endpoints);
        Assert.Empty(description.Localities);
    }

    [Fact]
    public async Task CoolingDown_SaysWhyAndUntilWhen()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B, C);
        balancer.Pick(B).Complete(Outcomes.Unreachable);

        var description = balancer.Describe();

        Assert.Equal([A, B, C], description.Endpoints.Select(e => e.Endpoint));
        Assert.Equal([EndpointStanding.Picked, EndpointStanding.CoolingDown, EndpointStanding.Picked], description.Endpoints.Select(e => e.Standing));
        Assert.Equal([true, false, true], description.Endpoints.Select(e => e.IsPicked));
        Assert.Equal("refused 1 connection in a row", description.Endpoints[1].Reason);
        Assert.Equal(_harness.Time.GetUtcNow() + TimeSpan.FromSeconds(1), description.Endpoints[1].Until);
        Assert.Equal(new LocalityDescription("all", 1, 2, 3, false), Assert.Single(description.Localities));
    }

    [Fact]
    public async Task AllCoolingDown_AllArePickedAndItSaysWhy()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B);
        balancer.Pick(A).Complete(Outcomes.Unreachable);
        balancer.Pick(B).Complete(Outcomes.Unreachable);

        Assert.All(balancer.Describe().Endpoints, e =>
        {
            Assert.True(e.IsPicked);
            Assert.Equal(EndpointStanding.CoolingDown, e.Standing);
            Assert.Contains("picked all the same", e.Reason, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task ReportedWhereNoContextFlows_ComesBackAllTheSame()
    {
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), A, B);
        using (ExecutionContext.SuppressFlow())
        {
            balancer.Pick(B).Complete(Outcomes.Unreachable);
        }

        _harness.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("b", balancer.Picks(2));
    }
}
