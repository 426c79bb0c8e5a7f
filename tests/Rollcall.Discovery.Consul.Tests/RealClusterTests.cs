using System.Collections.Concurrent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>What callers see while real Consuls lose the leader of their cluster, or a whole datacenter.</summary>
public sealed class RealClusterTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [RequiresConsulFact]
    public async Task LeaderKilled_NoPickFailsAndTheListGoesOnChanging()
    {
        await using var cluster = new ThreeServers();
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var others = cluster.Servers.Where(server => server != leader).ToArray();
        using var ofLeader = new ConsulClient(new ConsulClientOptions { Address = leader.Address, FurtherAddresses = [others[0].Address, others[1].Address] });
        using var ofFollower = Client(others[0]);
        await RegisterAsync(ofLeader, 1);
        await RegisterAsync(ofLeader, 2);
        await using var first = new EndpointDirectory(new ConsulEndpointSource(ofLeader));
        await using var second = new EndpointDirectory(new ConsulEndpointSource(ofFollower));
        await using var one = new ServiceBalancer(first.Watch(new ServiceQuery("orders")), BalancingPolicies.Find("round_robin"));
        await using var two = new ServiceBalancer(second.Watch(new ServiceQuery("orders")), BalancingPolicies.Find("round_robin"));
        await Eventually.TrueAsync(() => Has(one, 2) && Has(two, 2));
        var lengths = new ConcurrentQueue<int>();
        one.Watch.OnChange(list => lengths.Enqueue(list.Endpoints.Length));
        two.Watch.OnChange(list => lengths.Enqueue(list.Endpoints.Length));

        await using var picks = new SteadyPicks(one);
        await using var further = new SteadyPicks(two);
        await leader.StopAsync();
        using var survivor = Client(others[1]);

        // Nothing is written before there is another leader.
        await Eventually.TrueAsync(() => TryRegisterAsync(survivor, 3), s_patience);
        await Eventually.TrueAsync(() => Has(one, 3) && Has(two, 3), s_patience);
        await picks.StopAsync();
        await further.StopAsync();

        Assert.Equal((0, 0), (picks.Failed, further.Failed));
        Assert.All(lengths, static length => Assert.InRange(length, 2, 3));
        Assert.NotEqual(leader.ServerAddress, (await survivor.Status.LeaderAsync()).Value);
    }

    [RequiresConsulFact]
    public async Task DatacenterKilled_CallsGoToTheNextOneAndComeBackWithIt()
    {
        await using var near = await RealConsul.StartAsync();
        await using var far = await RealConsul.StartAsync(
            new RealConsulOptions { NodeName = "node2", ExtraArguments = { "-datacenter=dc2", $"-retry-join-wan={near.WanAddress}", "-retry-interval-wan=1s" } });
        using var client = Client(near);
        using var ofFar = Client(far);
        await RegisterAsync(client, 1);
        await RegisterAsync(ofFar, 2);
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using var balancer = new ServiceBalancer(
            directory.Watch(new ServiceQuery("orders") { Datacenters = ["dc2", "dc1"] }), BalancingPolicies.Find("round_robin"));
        await Eventually.TrueAsync(() => Has(balancer, 2), s_patience);

        await using var calls = new CallsToDatacenters(balancer);
        await Eventually.TrueAsync(() => calls.LastHundredIn("dc2"));
        calls.Dead = "dc2";
        await far.StopAsync();
        await Eventually.TrueAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Stale, s_patience);

        // An instance that refuses is left out, so almost no call is sent there first.
        await Eventually.TrueAsync(() => calls.LastHundredIn("dc1"));
        await far.RestartAsync();
        await RegisterAsync(ofFar, 2);
        calls.Dead = null;
        await Eventually.TrueAsync(() => Has(balancer, 2) && calls.LastHundredIn("dc2"), s_patience);
        await calls.StopAsync();

        Assert.Equal(0, calls.Failed);
    }

    private static bool Has(ServiceBalancer balancer, int instances) =>
        balancer.Snapshot is { Freshness: SnapshotFreshness.Fresh } list && list.Endpoints.Length == instances;

    private static ConsulClient Client(RealConsul consul) => new(new ConsulClientOptions { Address = consul.Address });

    /// <summary>On a node without an agent, so that no server's end takes it away.</summary>
    private static Task RegisterAsync(ConsulClient client, int number) => client.Catalog.RegisterAsync(new CatalogRegistration
    {
        Node = "outside",
        Address = "127.0.0.1",
        Service = new NodeService { Id = $"orders-{number}", Service = "orders", Port = 1000 + number },
    });

    private static async Task<bool> TryRegisterAsync(ConsulClient client, int number)
    {
        try
        {
            await RegisterAsync(client, number);
            return true;
        }
        catch (ConsulException)
        {
            return false;
        }
    }
}
