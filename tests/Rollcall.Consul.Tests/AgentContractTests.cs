using System.Net;
using System.Text;
using Rollcall.Agent;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests;

/// <summary>The client against the embedded agent and a real Consul, one of each for all tests: each test uses names of its own.</summary>
public sealed class AgentContractTests(AgentContractTests.Fixture consul) : IClassFixture<AgentContractTests.Fixture>
{
    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task Agent_ServiceLifeCycle(string agent)
    {
        var client = consul.Client(agent);
        await client.Agent.RegisterAsync(new()
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
        var service = (await client.Agent.ServiceAsync("life-1")).Value!;
        Assert.Equal(("life", "10.0.0.9", 81, 3, "b"), (service.Service, service.Address, service.Port, service.Weights.Passing, service.Meta["a"]));
        Assert.True((await client.Agent.ServicesAsync()).Value.ContainsKey("life-1"));

        await StatusAsync(client, "life-ttl", CheckStatus.Passing);
        await client.Agent.WarnAsync("life-ttl", "not so well");
        await StatusAsync(client, "life-ttl", CheckStatus.Warning, "not so well");
        await client.Agent.FailAsync("life-ttl", "ill");
        await StatusAsync(client, "life-ttl", CheckStatus.Critical, "ill");
        await client.Agent.UpdateCheckAsync("life-ttl", new() { Status = CheckStatus.Passing, Output = "<long & odd>" });
        await StatusAsync(client, "life-ttl", CheckStatus.Passing, "<long & odd>");
        await client.Agent.PassAsync("life-ttl");

        await Eventually.TrueAsync(async () => (await client.Health.ServiceAsync("life", new() { PassingOnly = true, Tags = ["x"] })).Value.Count == 1);
        Assert.Empty((await client.Health.ServiceAsync("life", new() { Tags = ["x", "y"] })).Value);
        Assert.Single((await client.Health.ServiceAsync("life", new() { Near = "_agent" })).Value);
        Assert.Single((await client.Catalog.ServiceAsync("life", ["x"])).Value);
        Assert.Single((await client.Health.ChecksAsync("life")).Value);

        await client.Agent.SetServiceMaintenanceAsync("life-1", true, "drain");
        await Eventually.TrueAsync(async () => (await client.Health.ServiceAsync("life", new() { PassingOnly = true })).Value.Count == 0);
        await client.Agent.SetServiceMaintenanceAsync("life-1", false);

        await client.Agent.DeregisterAsync("life-1");
        await client.Agent.DeregisterAsync("life-1");
        Assert.Null((await client.Agent.ServiceAsync("life-1")).Value);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task Metadata_IsMeasuredInBytes(string agent)
    {
        var client = consul.Client(agent);
        await RegisterAsync(256);
        Assert.Equal(256, (await client.Agent.ServiceAsync("long-1")).Value!.Meta["x"].Length);
        var e = await Assert.ThrowsAsync<ConsulException>(() => RegisterAsync(257));
        Assert.Equal(HttpStatusCode.BadRequest, e.StatusCode);
        Assert.Contains("Value is too long (limit: 512 characters)", e.Body, StringComparison.Ordinal);
        await client.Agent.DeregisterAsync("long-1");

        Task RegisterAsync(int letters) => client.Agent.RegisterAsync(
            new() { Id = "long-1", Name = "long", Meta = new Dictionary<string, string> { ["x"] = new('ä', letters) } });
    }

    [RequiresConsulFact]
    public async Task UnknownService_OfAnAgentWithAccessRules_IsDeregisteredWithoutAnError()
    {
        const string Master = "5f0e6a52-1d8b-4b0c-9d5a-6f6b3d6b8a01";
        var options = new RealConsulOptions { Token = Master };
        options.ExtraArguments.Add("-hcl");
        options.ExtraArguments.Add($$"""acl { enabled = true default_policy = "deny" tokens { master = "{{Master}}" } }""");
        await using var consul = await RealConsul.StartAsync(options);
        using var client = TestClients.For(consul.Address, o => o.Token = Master);
        await client.Agent.RegisterAsync(new() { Id = "life-1", Name = "life" });

        await client.Agent.DeregisterAsync("life-1").WithinAsync();
        await client.Agent.DeregisterAsync("life-1").WithinAsync();

        Assert.Null((await client.Agent.ServiceAsync("life-1").WithinAsync()).Value);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task Agent_LeavingOutAChecks_KeepsThemUnlessReplaced(string agent)
    {
        var client = consul.Client(agent);
        await client.Agent.RegisterAsync(new() { Name = "keep", Checks = [new() { CheckId = "keep-1", Ttl = "30s" }] });
        await client.Agent.RegisterAsync(new() { Name = "keep" });
        Assert.True((await client.Agent.ChecksAsync()).Value.ContainsKey("keep-1"));
        await client.Agent.RegisterAsync(new() { Name = "keep" }, replaceExistingChecks: true);
        Assert.False((await client.Agent.ChecksAsync()).Value.ContainsKey("keep-1"));
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task Agent_ChecksOfTheNode(string agent)
    {
        var client = consul.Client(agent);
        await client.Agent.RegisterCheckAsync(new() { Name = "disk space", Ttl = "30s", Notes = "n" });
        await client.Agent.PassAsync("disk space");
        var checks = (await client.Agent.ChecksAsync()).Value;
        Assert.Equal((CheckStatus.Passing, "n"), (checks["disk space"].Status, checks["disk space"].Notes));
        await client.Agent.DeregisterCheckAsync("disk space");
        await client.Agent.SetNodeMaintenanceAsync(true, "r");
        Assert.True((await client.Agent.ChecksAsync()).Value.ContainsKey("_node_maintenance"));
        await client.Agent.SetNodeMaintenanceAsync(false);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Agent.PassAsync("disk space"));
        Assert.Equal(ConsulErrorOrigin.Server, e.Origin);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task Agent_SelfAndMembers_StatusAndDatacenters(string agent)
    {
        var client = consul.Client(agent);
        var self = (await client.Agent.SelfAsync()).Value;
        Assert.Equal(("dc1", Fixture.NodeName, true), (self.Config.Datacenter, self.Config.NodeName, self.Config.Server));
        var member = Assert.Single((await client.Agent.MembersAsync()).Value);
        Assert.Equal((Fixture.NodeName, 1, "consul"), (member.Name, member.Status, member.Tags["role"]));
        Assert.NotNull((await client.Status.LeaderAsync()).Value);
        Assert.Single((await client.Status.PeersAsync()).Value);
        Assert.Equal(["dc1"], (await client.Catalog.DatacentersAsync()).Value);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task Catalog_ExternalNode(string agent)
    {
        var client = consul.Client(agent);
        await client.Catalog.RegisterAsync(new()
        {
            Node = "ext",
            Address = "10.0.0.77",
            Service = new() { Id = "ext-1", Service = "ext", Port = 5 },
            Check = new() { Node = "ext", CheckId = "c", Name = "c", Status = CheckStatus.Passing, ServiceId = "ext-1" },
        });
        Assert.Contains((await client.Catalog.NodesAsync()).Value, n => n.Node == "ext");
        Assert.Equal(5, (await client.Catalog.NodeAsync("ext")).Value!.Services!["ext-1"].Port);
        Assert.True((await client.Catalog.ServicesAsync()).Value.ContainsKey("ext"));
        Assert.Equal("c", Assert.Single((await client.Health.NodeAsync("ext")).Value).CheckId);
        Assert.Contains((await client.Health.StateAsync("passing")).Value, c => c.Node == "ext");
        await client.Catalog.DeregisterAsync(new() { Node = "ext" });
        Assert.Null((await client.Catalog.NodeAsync("ext")).Value);
        Assert.Empty((await client.Health.NodeAsync("ext")).Value);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task Kv_LifeCycle(string agent)
    {
        var client = consul.Client(agent);
        Assert.True(await client.Kv.PutAsync("kv/a b%/c", "hällo", flags: ulong.MaxValue));
        var found = (await client.Kv.GetAsync("kv/a b%/c")).Value!;
        Assert.Equal(("kv/a b%/c", "hällo", ulong.MaxValue), (found.Key, Encoding.UTF8.GetString(found.Value!), found.Flags));
        Assert.False(await client.Kv.PutAsync("kv/a b%/c", "x", cas: 0));
        Assert.True(await client.Kv.PutAsync("kv/a b%/c", "x", cas: found.ModifyIndex));
        Assert.False(await client.Kv.DeleteAsync("kv/a b%/c", cas: found.ModifyIndex));
        Assert.True(await client.Kv.PutAsync("kv/empty", ReadOnlyMemory<byte>.Empty));
        Assert.Null((await client.Kv.GetAsync("kv/empty")).Value!.Value);
        Assert.Equal(["kv/a b%/c", "kv/empty"], (await client.Kv.ListAsync("kv/")).Value.Select(p => p.Key));
        Assert.Equal(["kv/a b%/", "kv/empty"], (await client.Kv.KeysAsync("kv/", "/")).Value);
        Assert.True(await client.Kv.DeleteAsync("kv/nothing"));
        await client.Kv.DeleteTreeAsync("kv/");
        var missing = await client.Kv.GetAsync("kv/empty");
        Assert.False(missing.Found);
        Assert.True(missing.Index > 0);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.PutAsync("kv/big", new byte[600_000]));
        Assert.Equal(413, (int)e.StatusCode!.Value);
        e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.PutAsync("kv/../x", "v"));
        Assert.Equal(301, (int)e.StatusCode!.Value);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task Watches_SeeChanges(string agent)
    {
        var client = consul.Client(agent);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        await using var keys = client.Kv.WatchPrefixAsync("watched/", null, limit.Token).GetAsyncEnumerator();
        await using var key = client.Kv.WatchAsync("watched/k", null, limit.Token).GetAsyncEnumerator();
        await using var health = client.Health.WatchServiceAsync("watched", new() { PassingOnly = true }, limit.Token).GetAsyncEnumerator();
        await using var services = client.Catalog.WatchServicesAsync(null, limit.Token).GetAsyncEnumerator();
        Assert.True(await keys.MoveNextAsync() && await key.MoveNextAsync() && await health.MoveNextAsync() && await services.MoveNextAsync());
        Assert.Empty(keys.Current.Value);
        Assert.False(key.Current.Found);
        Assert.Empty(health.Current.Value);

        await client.Kv.PutAsync("watched/k", "1");
        await client.Agent.RegisterAsync(new() { Name = "watched", Port = 1 });
        await UntilAsync(keys, list => list.Count == 1);
        await UntilAsync(key, pair => pair is not null);
        await UntilAsync(health, list => list.Count == 1);
        await UntilAsync(services, map => map.ContainsKey("watched"));

        await client.Kv.DeleteAsync("watched/k");
        await client.Agent.DeregisterAsync("watched");
        await UntilAsync(keys, list => list.Count == 0);
        await UntilAsync(key, pair => pair is null);
        await UntilAsync(health, list => list.Count == 0);
        await UntilAsync(services, map => !map.ContainsKey("watched"));
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task UnknownDatacenter_IsWhatTheServerSays(string agent)
    {
        var e = await Assert.ThrowsAsync<ConsulException>(() => consul.Client(agent).Catalog.NodesAsync(new() { Datacenter = "nope" }));
        Assert.Equal("No path to datacenter", e.Body);
    }

    /// <summary>Only Consul's own agent evaluates filters so far.</summary>
    [RequiresConsulFact]
    public async Task Filter_IsEvaluatedByTheAgent()
    {
        var client = consul.Client("real");
        await client.Agent.RegisterAsync(new() { Name = "filtered", Meta = new Dictionary<string, string> { ["a"] = "b" } });
        Assert.Equal(["filtered"], (await client.Agent.ServicesAsync("Service == filtered")).Value.Keys);
        await Eventually.TrueAsync(
            async () => (await client.Health.ServiceAsync("filtered", new() { Filter = "Service.Meta.a == b" })).Value.Count == 1);
        Assert.Empty((await client.Health.ServiceAsync("filtered", new() { Filter = "Service.Meta.a == c" })).Value);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Health.ServiceAsync("a", new() { Filter = "(" }));
        Assert.Contains("Failed to create boolean expression evaluator", e.Message, StringComparison.Ordinal);
    }

    private static async Task UntilAsync<T>(IAsyncEnumerator<ConsulResponse<T>> watch, Predicate<T> holds)
    {
        while (!holds(watch.Current.Value))
        {
            Assert.True(await watch.MoveNextAsync());
        }
    }

    private static async Task StatusAsync(ConsulClient client, string check, string status, string? output = null)
    {
        var found = (await client.Agent.ChecksAsync()).Value[check];
        Assert.Equal(status, found.Status);
        if (output is not null)
        {
            Assert.Equal(output, found.Output);
        }
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public const string NodeName = "node1";

        private readonly Dictionary<string, ConsulClient> _clients = [];
        private ConsulAgent? _agent;
        private RealConsul? _consul;

        public ConsulClient Client(string agent) => _clients[agent];

        public async Task InitializeAsync()
        {
            _agent = await ConsulAgent.StartAsync(new() { HttpPort = 0, NodeName = NodeName });
            _clients.Add("embedded", TestClients.For(_agent.HttpAddress));
            if (RealConsul.MissingReason is null)
            {
                _consul = await RealConsul.StartAsync(new() { NodeName = NodeName });
                _clients.Add("real", TestClients.For(_consul.Address));
            }
        }

        public async Task DisposeAsync()
        {
            foreach (var client in _clients.Values)
            {
                client.Dispose();
            }

            await _agent!.DisposeAsync();
            if (_consul is not null)
            {
                await _consul.DisposeAsync();
            }
        }
    }
}
