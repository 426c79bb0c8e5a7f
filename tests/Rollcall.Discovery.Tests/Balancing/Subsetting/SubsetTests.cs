using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Balancing.Subsetting;

namespace Rollcall.Discovery.Tests.Balancing.Subsetting;

public sealed class SubsetTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    private static HashSet<Endpoint> Choose(IEnumerable<Endpoint> endpoints, int size, string client)
    {
        Endpoint[] list = [.. endpoints];
        var part = new EndpointPart([.. list], [.. list.Select(_ => new EndpointState())]);
        return [.. RendezvousSubset.Of(part, size, RendezvousSubset.ClientOf(client)).Endpoints];
    }

    [Fact]
    public void OneComesOrGoes_OneEntryChangesAtMost()
    {
        var all = Instances.Many(200);
        var changed = 0;
        for (var client = 0; client < 20; client++)
        {
            var name = $"client {client}";
            var whole = Choose(all, 20, name);
            Assert.Equal(20, whole.Count);
            for (var gone = 0; gone < all.Length; gone++)
            {
                var without = Choose(all.Where((_, i) => i != gone), 20, name);
                var moved = whole.Except(without).Count();
                Assert.Equal(whole.Contains(all[gone]) ? 1 : 0, moved);
                changed += moved;
            }
        }

        Assert.Equal(20 * 20, changed);
    }

    [Fact]
    public void SameClient_SameSubsetWhateverTheOrder()
    {
        var all = Instances.Many(100);

        Assert.True(Choose(all, 10, "c").SetEquals(Choose(all.Reverse(), 10, "c")));
        Assert.False(Choose(all, 10, "c").SetEquals(Choose(all, 10, "d")));
    }

    [Fact]
    public void ManyClients_EndpointsHaveAsManyAsChanceGives()
    {
        var all = Instances.Many(100);
        var callers = all.ToDictionary(e => e, _ => 0);
        for (var client = 0; client < 1000; client++)
        {
            foreach (var endpoint in Choose(all, 20, $"client {client}"))
            {
                callers[endpoint]++;
            }
        }

        // 200 on average, with a standard deviation of 12.6: within four of them.
        Assert.All(callers.Values, c => Assert.InRange(c, 150, 250));
        var deviation = Math.Sqrt(callers.Values.Average(c => (c - 200.0) * (c - 200.0)));
        Assert.InRange(deviation, 9, 17);
    }

    [Fact]
    public async Task Balancer_UsesItsSubsetOnlyAndSaysSo()
    {
        var all = Instances.Many(50);
        var options = new ServiceBalancerOptions { Subset = new SubsetOptions { Size = 5, ClientId = "me" } };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, all);

        Assert.True(Choose(all, 5, "me").Select(e => e.Id).ToHashSet().SetEquals(balancer.Picks(100)));
        Assert.Equal(45, balancer.Describe().Endpoints.Count(e => e.Standing == EndpointStanding.OutsideSubset));
        balancer.Apply(balancer.Policy, new ServiceBalancerOptions());
        Assert.Equal(50, balancer.Picks(100).Distinct().Count());
    }

    [Fact]
    public async Task NoClientId_TheSubsetStaysWhenOptionsChange()
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), new ServiceBalancerOptions { Subset = new SubsetOptions { Size = 5 } }, Instances.Many(50));
        var before = balancer.Picks(50).ToHashSet();

        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { Subset = new SubsetOptions { Size = 5 }, PanicThreshold = 10 });

        Assert.True(before.SetEquals(balancer.Picks(50)));
    }

    [Fact]
    public async Task NoClientId_TheSubsetComesFromTheChanceOfTheOptions()
    {
        var first = await SubsetAsync(7);

        Assert.True(first.SetEquals(await SubsetAsync(7)));
        Assert.False(first.SetEquals(await SubsetAsync(8)));

        static async Task<HashSet<string>> SubsetAsync(int seed)
        {
            await using var harness = new BalancerHarness();
            var options = new ServiceBalancerOptions { Subset = new SubsetOptions { Size = 5 }, Random = new ThreadSafeRandom(seed) };
            await using var balancer = await harness.BalanceAsync(new RoundRobinPolicy(), options, Instances.Many(50));
            return [.. balancer.Picks(50)];
        }
    }
}
