using System.Text;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests;

/// <summary>The client against a real Consul, one agent for all tests: each uses names of its own.</summary>
public sealed class RealConsulTests(RealConsulTests.Fixture consul) : IClassFixture<RealConsulTests.Fixture>
{
    private ConsulClient Client => consul.Client;

    [RequiresConsulFact]
    public async Task Agent_ServiceLifeCycle()
    {
        await Client.Agent.RegisterAsync(new()
        {
            Id = "life-1",
            Name = "life",
            Address = "10.0.0.9",
            Port = 81,
            Tags = ["x"],
            Meta = new Dictionary<string, string> { ["a"] = "b" },
            Weights = new() { Passing = 3, Warning = 2 },
            Checks = [new() { CheckId = "life-ttl", Ttl = "30s", Status = CheckStatus.Passing }],
        });
        var service = (await Client.Agent.ServiceAsync("life-1")).Value!;
        Assert.Equal(("life", "10.0.0.9", 81, 3, "b"), (service.Service, service.Address, service.Port, service.Weights.Passing, service.Meta["a"]));
        Assert.True((await Client.Agent.ServicesAsync("Service == life")).Value.ContainsKey("life-1"));

        await StatusAsync("life-ttl", CheckStatus.Passing);
        await Client.Agent.WarnAsync("life-ttl", "not so well");
        await StatusAsync("life-ttl", CheckStatus.Warning, "not so well");
        await Client.Agent.FailAsync("life-ttl", "ill");
        await StatusAsync("life-ttl", CheckStatus.Critical, "ill");
        await Client.Agent.UpdateCheckAsync("life-ttl", new() { Status = CheckStatus.Passing, Output = "<long & odd>" });
        await StatusAsync("life-ttl", CheckStatus.Passing, "<long & odd>");
        await Client.Agent.PassAsync("life-ttl");

        await Eventually.TrueAsync(async () => (await Client.Health.ServiceAsync("life", new() { PassingOnly = true, Tags = ["x"] })).Value.Count == 1);
        Assert.Empty((await Client.Health.ServiceAsync("life", new() { Tags = ["x", "y"] })).Value);
        Assert.Single((await Client.Health.ServiceAsync("life", new() { Filter = "Service.Meta.a == b", Near = "_agent" })).Value);
        Assert.Single((await Client.Catalog.ServiceAsync("life", ["x"])).Value);
        Assert.Single((await Client.Health.ChecksAsync("life")).Value);

        await Client.Agent.SetServiceMaintenanceAsync("life-1", true, "drain");
        await Eventually.TrueAsync(async () => (await Client.Health.ServiceAsync("life", new() { PassingOnly = true })).Value.Count == 0);
        await Client.Agent.SetServiceMaintenanceAsync("life-1", false);

        await Client.Agent.DeregisterAsync("life-1");
        await Client.Agent.DeregisterAsync("life-1");
        Assert.Null((await Client.Agent.ServiceAsync("life-1")).Value);
    }

    [RequiresConsulFact]
    public async Task Agent_LeavingOutAChecks_KeepsThemUnlessReplaced()
    {
        await Client.Agent.RegisterAsync(new() { Name = "keep", Checks = [new() { CheckId = "keep-1", Ttl = "30s" }] });
        await Client.Agent.RegisterAsync(new() { Name = "keep" });
        Assert.True((await Client.Agent.ChecksAsync()).Value.ContainsKey("keep-1"));
        await Client.Agent.RegisterAsync(new() { Name = "keep" }, replaceExistingChecks: true);
        Assert.False((await Client.Agent.ChecksAsync()).Value.ContainsKey("keep-1"));
    }

    [RequiresConsulFact]
    public async Task Agent_ChecksOfTheNode()
    {
        await Client.Agent.RegisterCheckAsync(new() { Name = "disk space", Ttl = "30s", Notes = "n" });
        await Client.Agent.PassAsync("disk space");
        var checks = (await Client.Agent.ChecksAsync("CheckID == \"disk space\"")).Value;
        Assert.Equal((CheckStatus.Passing, "n"), (checks["disk space"].Status, checks["disk space"].Notes));
        await Client.Agent.DeregisterCheckAsync("disk space");
        await Client.Agent.SetNodeMaintenanceAsync(true, "r");
        Assert.True((await Client.Agent.ChecksAsync()).Value.ContainsKey("_node_maintenance"));
        await Client.Agent.SetNodeMaintenanceAsync(false);
        var e = await Assert.ThrowsAsync<ConsulException>(() => Client.Agent.PassAsync("disk space"));
        Assert.Equal(ConsulErrorOrigin.Server, e.Origin);
    }

    [RequiresConsulFact]
    public async Task Agent_SelfAndMembers_StatusAndDatacenters()
    {
        var self = (await Client.Agent.SelfAsync()).Value;
        Assert.Equal(("dc1", consul.NodeName, true), (self.Config.Datacenter, self.Config.NodeName, self.Config.Server));
        var member = Assert.Single((await Client.Agent.MembersAsync()).Value);
        Assert.Equal((consul.NodeName, 1, "consul"), (member.Name, member.Status, member.Tags["role"]));
        Assert.NotNull((await Client.Status.LeaderAsync()).Value);
        Assert.Single((await Client.Status.PeersAsync()).Value);
        Assert.Equal(["dc1"], (await Client.Catalog.DatacentersAsync()).Value);
    }

    [RequiresConsulFact]
    public async Task Catalog_ExternalNode()
    {
        await Client.Catalog.RegisterAsync(new()
        {
            Node = "ext",
            Address = "10.0.0.77",
            Service = new() { Id = "ext-1", Service = "ext", Port = 5 },
            Check = new() { Node = "ext", CheckId = "c", Name = "c", Status = CheckStatus.Passing, ServiceId = "ext-1" },
        });
        Assert.Contains((await Client.Catalog.NodesAsync()).Value, n => n.Node == "ext");
        Assert.Equal(5, (await Client.Catalog.NodeAsync("ext")).Value!.Services!["ext-1"].Port);
        Assert.True((await Client.Catalog.ServicesAsync()).Value.ContainsKey("ext"));
        Assert.Equal("c", Assert.Single((await Client.Health.NodeAsync("ext")).Value).CheckId);
        Assert.Contains((await Client.Health.StateAsync("passing")).Value, c => c.Node == "ext");
        await Client.Catalog.DeregisterAsync(new() { Node = "ext" });
        Assert.Null((await Client.Catalog.NodeAsync("ext")).Value);
        Assert.Empty((await Client.Health.NodeAsync("ext")).Value);
    }

    [RequiresConsulFact]
    public async Task Kv_LifeCycle()
    {
        Assert.True(await Client.Kv.PutAsync("kv/a b%/c", "hällo", flags: ulong.MaxValue));
        var found = (await Client.Kv.GetAsync("kv/a b%/c")).Value!;
        Assert.Equal(("kv/a b%/c", "hällo", ulong.MaxValue), (found.Key, Encoding.UTF8.GetString(found.Value!), found.Flags));
        Assert.False(await Client.Kv.PutAsync("kv/a b%/c", "x", cas: 0));
        Assert.True(await Client.Kv.PutAsync("kv/a b%/c", "x", cas: found.ModifyIndex));
        Assert.False(await Client.Kv.DeleteAsync("kv/a b%/c", cas: found.ModifyIndex));
        Assert.True(await Client.Kv.PutAsync("kv/empty", ReadOnlyMemory<byte>.Empty));
        Assert.Null((await Client.Kv.GetAsync("kv/empty")).Value!.Value);
        Assert.Equal(["kv/a b%/c", "kv/empty"], (await Client.Kv.ListAsync("kv/")).Value.Select(p => p.Key));
        Assert.Equal(["kv/a b%/", "kv/empty"], (await Client.Kv.KeysAsync("kv/", "/")).Value);
        Assert.True(await Client.Kv.DeleteAsync("kv/nothing"));
        await Client.Kv.DeleteTreeAsync("kv/");
        var missing = await Client.Kv.GetAsync("kv/empty");
        Assert.False(missing.Found);
        Assert.True(missing.Index > 0);
        var e = await Assert.ThrowsAsync<ConsulException>(() => Client.Kv.PutAsync("kv/big", new byte[600_000]));
        Assert.Equal(413, (int)e.StatusCode!.Value);
        e = await Assert.ThrowsAsync<ConsulException>(() => Client.Kv.PutAsync("kv/../x", "v"));
        Assert.Equal(301, (int)e.StatusCode!.Value);
    }

    [RequiresConsulFact]
    public async Task Watches_SeeChanges()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        await using var keys = Client.Kv.WatchPrefixAsync("watched/", null, limit.Token).GetAsyncEnumerator();
        await using var key = Client.Kv.WatchAsync("watched/k", null, limit.Token).GetAsyncEnumerator();
        await using var health = Client.Health.WatchServiceAsync("watched", new() { PassingOnly = true }, limit.Token).GetAsyncEnumerator();
        await using var services = Client.Catalog.WatchServicesAsync(null, limit.Token).GetAsyncEnumerator();
        Assert.True(await keys.MoveNextAsync() && await key.MoveNextAsync() && await health.MoveNextAsync() && await services.MoveNextAsync());
        Assert.Empty(keys.Current.Value);
        Assert.False(key.Current.Found);
        Assert.Empty(health.Current.Value);

        await Client.Kv.PutAsync("watched/k", "1");
        await Client.Agent.RegisterAsync(new() { Name = "watched", Port = 1 });
        await UntilAsync(keys, list => list.Count == 1);
        await UntilAsync(key, pair => pair is not null);
        await UntilAsync(health, list => list.Count == 1);
        await UntilAsync(services, map => map.ContainsKey("watched"));

        await Client.Kv.DeleteAsync("watched/k");
        await Client.Agent.DeregisterAsync("watched");
        await UntilAsync(keys, list => list.Count == 0);
        await UntilAsync(key, pair => pair is null);
        await UntilAsync(health, list => list.Count == 0);
        await UntilAsync(services, map => !map.ContainsKey("watched"));
    }

    [RequiresConsulFact]
    public async Task BadQueries_AreWhatTheServerSays()
    {
        var e = await Assert.ThrowsAsync<ConsulException>(() => Client.Health.ServiceAsync("a", new() { Filter = "(" }));
        Assert.Contains("Failed to create boolean expression evaluator", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<ConsulException>(() => Client.Catalog.NodesAsync(new() { Datacenter = "nope" }));
        Assert.Equal("No path to datacenter", e.Body);
    }

    private static async Task UntilAsync<T>(IAsyncEnumerator<ConsulResponse<T>> watch, Predicate<T> holds)
    {
        while (!holds(watch.Current.Value))
        {
            Assert.True(await watch.MoveNextAsync());
        }
    }

    private async Task StatusAsync(string check, string status, string? output = null)
    {
        var found = (await Client.Agent.ChecksAsync()).Value[check];
        Assert.Equal(status, found.Status);
        if (output is not null)
        {
            Assert.Equal(output, found.Output);
        }
    }

    public sealed class Fixture : IAsyncLifetime
    {
        private RealConsul? _consul;
        private ConsulClient? _client;

        public ConsulClient Client => _client!;

        public string NodeName => _consul!.NodeName;

        public async Task InitializeAsync()
        {
            if (RealConsul.MissingReason is null)
            {
                _consul = await RealConsul.StartAsync();
                _client = TestClients.For(_consul.Address);
            }
        }

        public async Task DisposeAsync()
        {
            _client?.Dispose();
            if (_consul is not null)
            {
                await _consul.DisposeAsync();
            }
        }
    }
}
