using System.Net;
using System.Text;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Client;

public class ConsulClientTests(Agents agents) : IClassFixture<Agents>
{
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task RegisteredInstance_IsSeenByEveryReadOfTheClient(AgentKind kind)
    {
        var client = (await agents.GetAsync(kind)).Client;
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Id = "typed-1",
            Name = "typed",
            Address = "10.2.3.4",
            Port = 5000,
            Tags = ["a", "b"],
            Meta = new Dictionary<string, string> { ["version"] = "2" },
            Weights = new ServiceWeights { Passing = 7, Warning = 3 },
            Check = new CheckDefinition { Ttl = "1h", Status = CheckStatus.Passing },
        });

        var local = (await client.Agent.ServiceAsync("typed-1")).Value!;
        Assert.Equal(("10.2.3.4", 5000), (local.Address, local.Port));
        await Eventually.TrueAsync(async () =>
            (await client.Health.ServiceAsync("typed", new InstanceQuery { PassingOnly = true, Tags = ["a"] })).Value.Count == 1);
        var entry = (await client.Health.ServiceAsync("typed")).Value.Single();
        Assert.Equal("typed-1", entry.Service.Id);
        Assert.Equal("2", entry.Service.Meta!["version"]);
        Assert.Equal(7, entry.Service.Weights!.Passing);
        Assert.Equal(["serfHealth", "service:typed-1"], entry.Checks.Select(c => c.CheckId).Order(StringComparer.Ordinal));
        Assert.Equal("10.2.3.4", (await client.Catalog.ServiceAsync("typed")).Value.Single().ServiceAddress);
        Assert.Equal(["a", "b"], (await client.Catalog.ServicesAsync()).Value["typed"].Order());
        Assert.Contains("service:typed-1", (await client.Agent.ChecksAsync()).Value.Keys);

        await client.Agent.DeregisterAsync("typed-1");
        Assert.False((await client.Agent.ServiceAsync("typed-1")).Found);
        await Eventually.TrueAsync(async () => (await client.Catalog.ServiceAsync("typed")).Value.Count == 0);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task CheckId_IsTakenFromEitherName_ForASingleCheckAndForAServicesCheck(AgentKind kind)
    {
        var client = (await agents.GetAsync(kind)).Client;

        await client.Agent.RegisterCheckAsync(new CheckDefinition { CheckId = "single-1", Name = "single", Ttl = "1h" });
        await client.Agent.RegisterCheckAsync(new CheckDefinition { Id = "single-2", Name = "single", Ttl = "1h" });
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Name = "either",
            Checks = [new CheckDefinition { Id = "either-1", Ttl = "1h" }, new CheckDefinition { CheckId = "either-2", Ttl = "1h" }],
        });

        var checks = (await client.Agent.ChecksAsync()).Value;
        Assert.All(["single-1", "single-2", "either-1", "either-2"], id => Assert.Contains(id, checks.Keys));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task AgentMembersAndLeader_AreReadable(AgentKind kind)
    {
        var client = (await agents.GetAsync(kind)).Client;

        var self = (await client.Agent.SelfAsync()).Value;
        var member = Assert.Single((await client.Agent.MembersAsync()).Value);
        var node = Assert.Single((await client.Catalog.NodesAsync()).Value);

        Assert.Equal("dc1", self.Config.Datacenter);
        Assert.Equal(self.Config.NodeName, member.Name);
        Assert.Equal(self.Config.NodeName, node.Node);
        Assert.Matches(@"^127\.0\.0\.1:\d+$", (await client.Status.LeaderAsync()).Value);
        Assert.Equal(["dc1"], (await client.Catalog.DatacentersAsync()).Value);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task KeysAndValues_RoundTrip(AgentKind kind)
    {
        var client = (await agents.GetAsync(kind)).Client;

        Assert.True(await client.Kv.PutAsync("typed/a b/ü", "é", flags: 7));
        var pair = (await client.Kv.GetAsync("typed/a b/ü")).Value!;
        Assert.Equal(("é", 7ul), (Encoding.UTF8.GetString(pair.Value!), pair.Flags));
        Assert.False(await client.Kv.PutAsync("typed/a b/ü", "x", cas: pair.ModifyIndex + 1));
        Assert.True(await client.Kv.PutAsync("typed/a b/ü", "x", cas: pair.ModifyIndex));
        Assert.Equal(["typed/a b/ü"], (await client.Kv.KeysAsync("typed/")).Value);
        Assert.Single((await client.Kv.ListAsync("typed/")).Value);

        await client.Kv.DeleteTreeAsync("typed/");

        Assert.False((await client.Kv.GetAsync("typed/a b/ü")).Found);
        Assert.Empty((await client.Kv.ListAsync("typed/")).Value);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task RefusedRequest_IsAnExceptionWithStatusAndTheServersWords(AgentKind kind)
    {
        var client = (await agents.GetAsync(kind)).Client;

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Agent.PassAsync("no-such-check"));

        Assert.Equal(HttpStatusCode.InternalServerError, e.StatusCode);
        Assert.Equal(ConsulErrorOrigin.Server, e.Origin);
        Assert.Contains("does not have associated TTL", e.Body, StringComparison.Ordinal);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ServiceWatch_GivesEveryChangeUntilCancelled(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        await using var watch = agent.Client.Health.WatchServiceAsync("watched", cancellationToken: stop.Token).GetAsyncEnumerator();

        await NextAsync(0);
        await agent.RegisterAsync("watched", "watched-1");
        await NextAsync(1);
        await agent.RegisterAsync("watched", "watched-2");
        await NextAsync(2);
        await agent.Client.Agent.DeregisterAsync("watched-1");
        await NextAsync(1);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await watch.MoveNextAsync());

        // An unknown service may answer with the same list more than once.
        async Task NextAsync(int instances)
        {
            do
            {
                Assert.True(await watch.MoveNextAsync().AsTask().WithinAsync());
            }
            while (watch.Current.Value.Count != instances);
        }
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task KeyWatch_SeesAbsenceValueAndDeletion(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var kv = agent.Client.Kv;
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        await using var watch = kv.WatchAsync("watched-key", cancellationToken: stop.Token).GetAsyncEnumerator();

        await NextAsync(null);
        _ = await kv.PutAsync("watched-key", "1");
        await NextAsync("1");
        _ = await kv.PutAsync("watched-key", "2");
        await NextAsync("2");
        _ = await kv.DeleteAsync("watched-key");
        await NextAsync(null);

        async Task NextAsync(string? value)
        {
            do
            {
                Assert.True(await watch.MoveNextAsync().AsTask().WithinAsync());
            }
            while ((watch.Current.Value is { } pair ? Encoding.UTF8.GetString(pair.Value!) : null) != value);
        }
    }
}
