using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>Against a real agent: killed, restarted empty, down for long, with calls going on.</summary>
public sealed class RealConsulTests
{
    private static Task RegisterAsync(ConsulClient client, int number) => client.Agent.RegisterAsync(
        new ServiceRegistration { Id = $"orders-{number}", Name = "orders", Address = "127.0.0.1", Port = 1000 + number });

    [RequiresConsulFact]
    public async Task InstancesComeAndGo_TheListFollows()
    {
        await using RealConsul consul = await RealConsul.StartAsync();
        using var client = new ConsulClient(new ConsulClientOptions { Address = consul.Address });
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using EndpointWatch watch = directory.Watch(new ServiceQuery("orders"));
        EndpointSnapshot first = await watch.FirstAsync().AsTask().WithinAsync();
        Assert.Empty(first.Endpoints);
        Assert.Contains("none is registered", first.Note, StringComparison.Ordinal);

        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 2);
        await client.Agent.DeregisterAsync("orders-1");
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 1);
        await client.Agent.DeregisterAsync("orders-2");
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.IsEmpty);

        Assert.Equal(SnapshotFreshness.Fresh, watch.Current!.Freshness);
    }

    [RequiresConsulFact]
    public async Task AgentKilledAndRestartedEmpty_NoPickFails()
    {
        await using RealConsul consul = await RealConsul.StartAsync();
        using var client = new ConsulClient(new ConsulClientOptions { Address = consul.Address });
        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("orders")), BalancingPolicies.Find("round_robin"));
        await balancer.PickAsync(default).AsTask().WithinAsync();
        await Eventually.TrueAsync(() => balancer.Snapshot!.Endpoints.Length == 2);

        await using var calls = new SteadyPicks(balancer);
        await consul.StopAsync();
        await Eventually.TrueAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Stale);
        await consul.RestartAsync();
        await Eventually.TrueAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Suspect, TimeSpan.FromSeconds(20));
        Assert.Equal(2, balancer.Snapshot!.Endpoints.Length);
        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await Eventually.TrueAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Fresh);

        Assert.Equal(2, balancer.Snapshot.Endpoints.Length);
        await Eventually.TrueAsync(() => calls.Picked > 100);
        await calls.StopAsync();
        Assert.Equal(0, calls.Failed);
    }
}
