using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>A cluster of three real Consul servers on loopback.</summary>
internal sealed class ThreeServers : IAsyncDisposable
{
    private readonly List<RealConsul> _servers = [];

    public IReadOnlyList<RealConsul> Servers => _servers;

    /// <summary>Starts them and waits until they have a leader and know each other.</summary>
    public async Task StartAsync()
    {
        for (var number = 1; number <= 3; number++)
        {
            // The election comes with the last of them.
            var options = new RealConsulOptions { NodeName = $"server{number}", Persistent = true, NeedsLeader = false };
            options.ExtraArguments.Add("-bootstrap-expect=3");
            options.ExtraArguments.Add("-hcl=performance { raft_multiplier = 1 }");
            if (number > 1)
            {
                options.ExtraArguments.Add("-retry-interval=1s");
                options.ExtraArguments.Add($"-retry-join={_servers[0].LanAddress}");
            }

            _servers.Add(await RealConsul.StartAsync(options));
        }

        foreach (var server in _servers)
        {
            using var client = new ConsulClient(new ConsulClientOptions { Address = server.Address });
            await Eventually.TrueAsync(
                async () => (await client.Status.LeaderAsync()).Value is not null && (await client.Status.PeersAsync()).Value.Count == 3, TimeSpan.FromSeconds(60));
        }
    }

    public async Task<RealConsul> LeaderAsync()
    {
        using var client = new ConsulClient(new ConsulClientOptions { Address = _servers[0].Address });
        var leader = (await client.Status.LeaderAsync()).Value;
        return _servers.Single(server => server.ServerAddress == leader);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
