using System.Collections.Frozen;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Balancing.Localities;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Selecting;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Balancing.Localities;

public sealed class LocalityTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    /// <summary>Endpoints of a zone, named by it.</summary>
    private static Endpoint[] InZone(string zone, int count, string datacenter = "dc1", string? node = null) =>
    [
        .. Enumerable.Range(0, count).Select(i => new Endpoint($"{datacenter}-{zone}-{i}", "127.0.0.1", 1000 + i)
        {
            Datacenter = datacenter,
            Node = node,
            Metadata = new Dictionary<string, string> { ["zone"] = zone }.ToFrozenDictionary(),
        }),
    ];

    private static ServiceBalancerOptions Options(LocalityOptions locality) => new() { Locality = locality, Random = new ThreadSafeRandom(9) };

    private static Dictionary<string, int> Zones(ServiceBalancer balancer, int calls) =>
        balancer.Spread(calls).GroupBy(p => p.Key[..p.Key.LastIndexOf('-')]).ToDictionary(g => g.Key, g => g.Sum(p => p.Value));

    private static void Refuse(ServiceBalancer balancer, params IEnumerable<Endpoint> endpoints)
    {
        foreach (var endpoint in endpoints)
        {
            Assert.True(balancer.TryPick(new PickContext { Tried = [.. balancer.Describe().Endpoints.Select(e => e.Endpoint).Where(e => !e.Equals(endpoint))] }, out var lease));
            Assert.Equal(endpoint, lease.Endpoint);
            lease.Complete(Outcomes.Unreachable);
        }
    }

    [Fact]
    public async Task SameZone_TakesAllCallsWhileItIsHealthy()
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), Options(new LocalityOptions { Zone = "a" }), [.. InZone("a", 4), .. InZone("b", 4)]);

        Assert.Equal(new() { ["dc1-a"] = 100 }, Zones(balancer, 100));
        var far = balancer.Describe(InZone("b", 1)[0]);
        Assert.Equal((EndpointStanding.StandBy, false, "elsewhere"), (far.Standing, far.IsPicked, far.Locality));
        Assert.Equal([("zone a", 1.0), ("elsewhere", 0.0)], balancer.Describe().Localities.Select(l => (l.Name, l.Share)));
    }

    [Fact]
    public async Task SameZone_HalfUnhealthy_AThirdSpillsOver()
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), Options(new LocalityOptions { Zone = "a" }), [.. InZone("a", 4), .. InZone("b", 4)]);

        Refuse(balancer, InZone("a", 2));

        var zones = Zones(balancer, 10_000);
        Assert.InRange(zones["dc1-a"], 6850, 7150);
        Assert.InRange(zones["dc1-b"], 2850, 3150);
        Assert.Equal(7, balancer.Picks(1000).Distinct().Count() + 1);
        _harness.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new() { ["dc1-a"] = 100 }, Zones(balancer, 100));
    }

    [Theory]
    [InlineData("ring_hash")]
    [InlineData("maglev")]
    [InlineData("ip_hash_bounded")]
    public async Task SameZone_PartlyUnhealthy_EachKeyStaysWithOneEndpoint(string policy)
    {
        await using var balancer = await _harness.BalanceAsync(
            BalancingPolicies.Find(policy), Options(new LocalityOptions { Zone = "a" }), [.. InZone("a", 10), .. InZone("b", 10)]);
        Refuse(balancer, InZone("a", 4));

        var near = 0;
        for (var key = 0UL; key < 10_000; key++)
        {
            var picked = new HashSet<Endpoint>();
            for (var i = 0; i < 3; i++)
            {
                Assert.True(balancer.TryPick(new PickContext { HashKey = key }, out var lease));
                lease.Complete(Outcomes.Success);
                picked.Add(lease.Endpoint);
            }

            near += Assert.Single(picked).Id.StartsWith("dc1-a", StringComparison.Ordinal) ? 1 : 0;
        }

        // 1.4 times the 60 % that are healthy.
        Assert.InRange(near, 8_300, 8_500);
    }

    /// <summary>Which level a key goes to has nothing to do with its place in the table there.</summary>
    [Fact]
    public async Task SameZone_PartlyUnhealthy_KeysOfEachLevelAreSpreadOverIt()
    {
        await using var balancer = await _harness.BalanceAsync(
            BalancingPolicies.Find("maglev"), Options(new LocalityOptions { Zone = "a" }), [.. InZone("a", 10), .. InZone("b", 10)]);
        Refuse(balancer, InZone("a", 4));

        var counts = new Dictionary<string, int>();
        for (var key = 0UL; key < 20_000; key++)
        {
            Assert.True(balancer.TryPick(new PickContext { HashKey = key }, out var lease));
            lease.Complete(Outcomes.Success);
            counts[lease.Endpoint.Id] = counts.GetValueOrDefault(lease.Endpoint.Id) + 1;
        }

        Assert.Equal((6, 10), (Of("dc1-a").Length, Of("dc1-b").Length));
        Assert.All(Of("dc1-a"), calls => Assert.InRange(calls, 2600, 3000));
        Assert.All(Of("dc1-b"), calls => Assert.InRange(calls, 250, 390));

        int[] Of(string zone) => [.. counts.Where(count => count.Key.StartsWith(zone, StringComparison.Ordinal)).Select(count => count.Value)];
    }

    /// <summary>As where the client was told to go by this machine's address, and the policy does not go by keys.</summary>
    [Theory]
    [InlineData("round_robin", false)]
    [InlineData("round_robin", true)]
    [InlineData("least_request", false)]
    public async Task SameZone_HalfUnhealthy_CallsWithOneKeyAreSharedOutByPoliciesThatDoNotHash(string policy, bool withCanary)
    {
        var options = Options(new LocalityOptions { Zone = "a" });
        options.Canary = withCanary ? new CanaryRule { Instances = new EndpointSelector { Version = VersionRange.Parse("^2") } } : null;
        await using var balancer = await _harness.BalanceAsync(BalancingPolicies.Find(policy), options, [.. InZone("a", 4), .. InZone("b", 4)]);
        Refuse(balancer, InZone("a", 2));

        var near = 0;
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(balancer.TryPick(new PickContext { HashKey = 5 }, out var lease));
            lease.Complete(Outcomes.Success);
            near += lease.Endpoint.Id.StartsWith("dc1-a", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.InRange(near, 6_850, 7_150);
    }

    [Fact]
    public async Task SameZone_PartlyUnhealthy_PickFirstStaysWithOneEndpointForAllKeys()
    {
        await using var balancer = await _harness.BalanceAsync(
            new PickFirstPolicy(), Options(new LocalityOptions { Zone = "a" }), [.. InZone("a", 10), .. InZone("b", 10)]);
        Refuse(balancer, InZone("a", 6));

        var picked = new HashSet<Endpoint>();
        for (var key = 0UL; key < 200; key++)
        {
            Assert.True(balancer.TryPick(new PickContext { HashKey = key }, out var lease));
            lease.Complete(Outcomes.Success);
            picked.Add(lease.Endpoint);
        }

        Assert.Single(picked);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SameZone_PartlyUnhealthy_PickFirstStaysWithOneEndpoint(bool withCanary)
    {
        var options = Options(new LocalityOptions { Zone = "a" });
        options.Canary = withCanary ? new CanaryRule { Instances = new EndpointSelector { Version = VersionRange.Parse("^2") } } : null;
        Endpoint[] endpoints = [.. InZone("a", 10), .. InZone("b", 10)];
        await using var balancer = await _harness.BalanceAsync(new PickFirstPolicy(), options, endpoints);
        foreach (var refusing in InZone("a", 6)[1..])
        {
            Refuse(balancer, refusing);
            Assert.Single(balancer.Picks(200).Distinct());
        }
    }

    [Fact]
    public async Task NodeThenZoneThenElsewhere()
    {
        var here = InZone("a", 1, node: "n1");
        Endpoint[] zone = [.. InZone("a", 3, node: "n2")[1..]];
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), Options(new LocalityOptions { Node = "n1", Zone = "a" }), [.. here, .. zone, .. InZone("b", 2, node: "n3")]);
        Assert.Equal(["node n1", "zone a", "elsewhere"], balancer.Describe().Localities.Select(l => l.Name));
        Assert.Equal(["dc1-a-0"], balancer.Picks(10).Distinct());

        Refuse(balancer, here);
        Assert.Equal(["dc1-a-1", "dc1-a-2"], balancer.Picks(10).Distinct().Order());

        Refuse(balancer, zone);
        Assert.Equal(["dc1-b-0", "dc1-b-1"], balancer.Picks(10).Distinct().Order());
    }

    [Fact]
    public async Task SameNodeAlone_IsEjectedLikeAnyOther()
    {
        var here = InZone("a", 1, node: "n1");
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), Options(new LocalityOptions { Node = "n1" }), [.. here, .. InZone("b", 1, node: "n2")]);

        for (var i = 0; i < 5; i++)
        {
            balancer.Pick(here[0]).Complete(Outcomes.Failure);
        }

        Assert.Equal(["dc1-b-0"], balancer.Picks(10).Distinct());
    }

    [Fact]
    public async Task DatacentersOfTheQuery_AreTriedInTheirOrder()
    {
        var first = InZone("x", 2, "dc2");
        var second = InZone("x", 2, "dc1");
        var third = InZone("x", 2, "dc3");
        var source = new DatacenterSource();
        await using var directory = new EndpointDirectory(source, timeProvider: _harness.Time);
        await using var balancer = new ServiceBalancer(
            directory.Watch(new ServiceQuery("orders") { Datacenters = ["dc2", "dc1", "dc3"] }), new RoundRobinPolicy());
        source["dc1", "orders"].Answer(1, second);
        source["dc2", "orders"].Answer(1, first);
        source["dc3", "orders"].Answer(1, third);
        await Eventually.TrueAsync(() => balancer.Describe().Endpoints.Length == 6);

        Assert.Equal(["datacenter dc2", "datacenter dc1", "datacenter dc3"], balancer.Describe().Localities.Select(l => l.Name));
        Assert.Equal(new() { ["dc2-x"] = 10 }, Zones(balancer, 10));
        Refuse(balancer, first);
        Assert.Equal(new() { ["dc1-x"] = 10 }, Zones(balancer, 10));
        Refuse(balancer, second);
        Assert.Equal(new() { ["dc3-x"] = 10 }, Zones(balancer, 10));
        Refuse(balancer, third);
        Assert.Equal(new() { ["dc2-x"] = 10 }, Zones(balancer, 10));
    }

    [Fact]
    public async Task DatacentersOfTheOptions_WinAndUnnamedOnesComeLast()
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(),
            Options(new LocalityOptions { Datacenters = ["dc2", "dc1"] }),
            [.. InZone("x", 2, "dc1"), .. InZone("x", 2, "dc2"), .. InZone("x", 2, "dc3"), .. InZone("x", 2, "dc4")]);

        Assert.Equal(
            [("datacenter dc2", 1.0, 2), ("datacenter dc1", 0.0, 2), ("other datacenters", 0.0, 4)],
            balancer.Describe().Localities.Select(l => (l.Name, l.Share, l.Total)));
    }

    [Fact]
    public async Task OneDatacenterInTheOptions_TheOthersComeLastWhateverTheQuerySays()
    {
        var near = InZone("x", 2, "dc1");
        var source = new DatacenterSource();
        await using var directory = new EndpointDirectory(source, timeProvider: _harness.Time);
        await using var balancer = new ServiceBalancer(
            directory.Watch(new ServiceQuery("orders") { Datacenters = ["dc2", "dc1"] }),
            new RoundRobinPolicy(),
            Options(new LocalityOptions { Datacenters = ["dc1"] }));
        source["dc1", "orders"].Answer(1, near);
        source["dc2", "orders"].Answer(1, InZone("x", 2, "dc2"));
        await Eventually.TrueAsync(() => balancer.Describe().Endpoints.Length == 4);

        Assert.Equal(["datacenter dc1", "other datacenters"], balancer.Describe().Localities.Select(l => l.Name));
        Assert.Equal(new() { ["dc1-x"] = 10 }, Zones(balancer, 10));
        Refuse(balancer, near);
        Assert.Equal(new() { ["dc2-x"] = 10 }, Zones(balancer, 10));
    }

    [Fact]
    public async Task Retry_GoesFurtherAwayOnlyWhenTheNearAreTried()
    {
        var near = InZone("a", 2);
        var far = InZone("b", 20);
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), Options(new LocalityOptions { Zone = "a" }), [.. near, .. far]);

        Assert.True(balancer.TryPick(new PickContext { Tried = [near[0]] }, out var lease));
        Assert.Equal(near[1], lease.Endpoint);

        var others = new HashSet<Endpoint>();
        for (var i = 0; i < 200; i++)
        {
            Assert.True(balancer.TryPick(new PickContext { Tried = near }, out lease));
            Assert.Contains(lease.Endpoint, far);
            others.Add(lease.Endpoint);
        }

        Assert.Equal(20, others.Count);
        Assert.True(balancer.TryPick(new PickContext { Tried = [.. near, .. far] }, out lease));
        Assert.Contains(lease.Endpoint, near);
    }

    [Fact]
    public async Task NearLevelHalfEjected_DoesNotPanicWhileOthersCanTakeTheRest()
    {
        var near = InZone("a", 5);
        var options = Options(new LocalityOptions { Zone = "a" });
        options.OutlierEjection.MaxEjectionPercent = 60;
        options.OutlierEjection.ConsecutiveFailures = 0;
        options.OutlierEjection.FailurePercentage = new() { MinimumHosts = 1, RequestVolume = 1 };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, [.. near, .. InZone("b", 5)]);
        foreach (var endpoint in near[..3])
        {
            balancer.Pick(endpoint).Complete(Outcomes.Failure);
        }

        _harness.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(7, balancer.Picks(500).Distinct().Count());
        Assert.Equal([(0.56, 2, false), (0.44, 5, false)], balancer.Describe().Localities.Select(l => (Math.Round(l.Share, 6), l.Healthy, l.InPanic)));
    }

    [Fact]
    public async Task FaultyOptions_AllAreNamed()
    {
        var options = new LocalityOptions { Node = "", Zone = "", Datacenters = ["dc1", ""], OverprovisioningFactor = 0.9 };

        var e = await Assert.ThrowsAsync<ArgumentException>(() => _harness.BalanceAsync(new RoundRobinPolicy(), Options(options)));

        foreach (var name in new[] { "Locality.Node", "Locality.Zone", "Locality.Datacenters", "Locality.OverprovisioningFactor must be from 1 to 100, and is 0.9" })
        {
            Assert.Contains(name, e.Message, StringComparison.Ordinal);
        }
    }
}
