using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests;

/// <summary>What goes over the wire for each operation.</summary>
public sealed class RequestTests
{
    public static TheoryData<string, Func<ConsulClient, Task>> Operations { get; } = new()
    {
        { "GET /v1/agent/self", c => c.Agent.SelfAsync() },
        { "GET /v1/agent/members", c => c.Agent.MembersAsync() },
        { "GET /v1/agent/members?wan=1", c => c.Agent.MembersAsync(wan: true) },
        { "GET /v1/agent/services?filter=Service%20%3D%3D%20a", c => c.Agent.ServicesAsync("Service == a") },
        { "GET /v1/agent/service/a%2Fb", c => c.Agent.ServiceAsync("a/b") },
        { "GET /v1/agent/checks", c => c.Agent.ChecksAsync() },
        { "PUT /v1/agent/service/register", c => c.Agent.RegisterAsync(new() { Name = "a" }) },
        { "PUT /v1/agent/service/register?replace-existing-checks=true", c => c.Agent.RegisterAsync(new() { Name = "a" }, true) },
        { "PUT /v1/agent/service/deregister/a%3F1", c => c.Agent.DeregisterAsync("a?1") },
        { "PUT /v1/agent/check/register", c => c.Agent.RegisterCheckAsync(new() { Name = "a", Ttl = "1s" }) },
        { "PUT /v1/agent/check/deregister/service%3Aa", c => c.Agent.DeregisterCheckAsync("service:a") },
        { "PUT /v1/agent/check/pass/x", c => c.Agent.PassAsync("x") },
        { "PUT /v1/agent/check/warn/x?note=a%26b", c => c.Agent.WarnAsync("x", "a&b") },
        { "PUT /v1/agent/check/fail/x?note=n", c => c.Agent.FailAsync("x", "n") },
        { "PUT /v1/agent/check/update/x", c => c.Agent.UpdateCheckAsync("x", new() { Status = "passing" }) },
        { "PUT /v1/agent/service/maintenance/a?enable=true&reason=r", c => c.Agent.SetServiceMaintenanceAsync("a", true, "r") },
        { "PUT /v1/agent/maintenance?enable=false", c => c.Agent.SetNodeMaintenanceAsync(false) },
        { "GET /v1/catalog/datacenters", c => c.Catalog.DatacentersAsync() },
        { "GET /v1/catalog/nodes?dc=d2&stale&near=_agent", c => c.Catalog.NodesAsync(new() { Datacenter = "d2", Consistency = ConsulConsistency.Stale, Near = "_agent" }) },
        { "GET /v1/catalog/node/n1?consistent", c => c.Catalog.NodeAsync("n1", new() { Consistency = ConsulConsistency.Consistent }) },
        { "GET /v1/catalog/services", c => c.Catalog.ServicesAsync() },
        { "GET /v1/catalog/service/a?tag=x&tag=y", c => c.Catalog.ServiceAsync("a", ["x", "y"]) },
        { "PUT /v1/catalog/register", c => c.Catalog.RegisterAsync(new() { Node = "n", Address = "a" }) },
        { "PUT /v1/catalog/deregister", c => c.Catalog.DeregisterAsync(new() { Node = "n" }) },
        { "GET /v1/health/service/a?index=7&wait=10m0s", c => c.Health.ServiceAsync("a", new() { Index = 7, Wait = TimeSpan.MaxValue }) },
        { "GET /v1/health/service/b?index=7&wait=10m0s", c => c.Health.ServiceAsync("b", new() { Index = 7, Wait = TimeSpan.FromMinutes(11) }) },
        { "GET /v1/health/service/a?index=7&wait=10s&tag=x&passing=1", c => c.Health.ServiceAsync("a", new() { Index = 7, Wait = TimeSpan.FromSeconds(10), Tags = ["x"], PassingOnly = true }) },
        { "GET /v1/health/service/a?index=18446744073709551615&wait=5m0s", c => c.Health.ServiceAsync("a", new() { Index = ulong.MaxValue }) },
        { "GET /v1/health/node/n", c => c.Health.NodeAsync("n") },
        { "GET /v1/health/checks/a", c => c.Health.ChecksAsync("a") },
        { "GET /v1/health/state/any", c => c.Health.StateAsync("any") },
        { "GET /v1/kv/a/b%20c%25/../d", c => c.Kv.GetAsync("a/b c%/../d") },
        { "GET /v1/kv/?recurse", c => c.Kv.ListAsync("") },
        { "GET /v1/kv/a/?keys&separator=%2F", c => c.Kv.KeysAsync("a/", "/") },
        { "PUT /v1/kv/k", c => c.Kv.PutAsync("k", "v") },
        { "PUT /v1/kv/k?flags=42&cas=0", c => c.Kv.PutAsync("k", "v", 42, 0) },
        { "DELETE /v1/kv/k?cas=9", c => c.Kv.DeleteAsync("k", 9) },
        { "DELETE /v1/kv/a/?recurse", c => c.Kv.DeleteTreeAsync("a/") },
        { "GET /v1/config/a%2Fb/..?dc=d2", c => c.Raw.ReadAsync(["config", "a/b", ".."], new() { Datacenter = "d2" }) },
        { "PUT /v1/config?cas=0", c => c.Raw.WriteAsync(HttpMethod.Put, ["config"], new JsonObject(), 0) },
        { "POST /v1/query", c => c.Raw.WriteAsync(HttpMethod.Post, ["query"], new JsonObject()) },
        { "GET /v1/status/leader", c => c.Status.LeaderAsync() },
        { "GET /v1/status/peers", c => c.Status.PeersAsync() },
    };

    [Theory]
    [MemberData(nameof(Operations), DisableDiscoveryEnumeration = true)]
    public async Task Operation_SendsMethodPathAndQuery(string expected, Func<ConsulClient, Task> operation)
    {
        await using var peer = await LoopbackPeer.StartAsync(200, expected.Contains("/kv/k", StringComparison.Ordinal)
            || expected.StartsWith("DELETE", StringComparison.Ordinal) ? "true" : "null");
        using var client = TestClients.For(peer.Address);
        await operation(client).WithinAsync();
        var request = Assert.Single(peer.Requests);
        Assert.Equal(expected, $"{request.Method} {request.Target}");
    }

    [Fact]
    public async Task Json_GoesAndComesAsItIs()
    {
        await using var peer = await LoopbackPeer.StartAsync(200, """{"Unknown":1.50}""");
        using var client = TestClients.For(peer.Address);

        var read = (await client.Raw.ReadAsync(["config", "mesh"]).WithinAsync()).Value!;
        var written = await client.Raw.WriteAsync(HttpMethod.Put, ["config"], read).WithinAsync();

        Assert.Equal(["", """{"Unknown":1.50}"""], peer.Requests.Select(request => request.Body));
        Assert.True(JsonNode.DeepEquals(read, written));
    }

    [Theory]
    [InlineData(404, "", HttpStatusCode.NotFound, ConsulErrorOrigin.Server)]
    [InlineData(200, "<html>", HttpStatusCode.OK, ConsulErrorOrigin.InvalidResponse)]
    public async Task JsonThatIsNotThere_IsAFailure(int status, string body, HttpStatusCode expected, ConsulErrorOrigin origin)
    {
        await using var peer = await LoopbackPeer.StartAsync(status, body);
        using var client = TestClients.For(peer.Address);

        var read = await Assert.ThrowsAsync<ConsulException>(() => client.Raw.ReadAsync(["config", "mesh"])).WithinAsync();
        var written = await Assert.ThrowsAsync<ConsulException>(() => client.Raw.WriteAsync(HttpMethod.Put, ["config"])).WithinAsync();

        Assert.Equal((expected, origin, "GET /v1/config/mesh"), (read.StatusCode, read.Origin, read.Operation));
        Assert.Equal((expected, origin, "PUT /v1/config"), (written.StatusCode, written.Origin, written.Operation));
    }

    [Fact]
    public async Task WriteThatAnswersNothing_IsNull()
    {
        await using var peer = await LoopbackPeer.StartAsync(200, "");
        using var client = TestClients.For(peer.Address);
        Assert.Null(await client.Raw.WriteAsync(HttpMethod.Put, ["agent", "leave"]).WithinAsync());
    }

    [Fact]
    public async Task Token_TravelsInTheHeaderOnly()
    {
        await using var peer = await LoopbackPeer.StartAsync(200, "null");
        using var client = TestClients.For(peer.Address, o => { o.Token = "secret-1"; o.Namespace = "team"; o.Datacenter = "d9"; });
        await client.Catalog.NodesAsync().WithinAsync();
        await client.Catalog.NodesAsync(new() { Token = "secret-2" }).WithinAsync();
        Assert.Equal(["secret-1", "secret-2"], peer.Requests.Select(r => r.Headers[ConsulHeaders.Token]));
        Assert.All(peer.Requests, r => Assert.Equal("/v1/catalog/nodes?dc=d9", r.Target));
        Assert.All(peer.Requests, r => Assert.Equal("team", r.Headers[ConsulHeaders.Namespace]));
        Assert.DoesNotContain("secret", client.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_BecomeProperties()
    {
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            context.Response.Headers[ConsulHeaders.Index] = "18446744073709551615";
            context.Response.Headers[ConsulHeaders.KnownLeader] = "false";
            context.Response.Headers[ConsulHeaders.LastContact] = "1500";
            context.Response.Headers[ConsulHeaders.ResultsFiltered] = "true";
            await context.Response.WriteAsync("[]");
        });
        using var client = TestClients.For(peer.Address);
        var answer = await client.Catalog.NodesAsync().WithinAsync();
        Assert.Equal(
            (ulong.MaxValue, false, TimeSpan.FromSeconds(1.5), true), (answer.Index, answer.KnownLeader, answer.LastContact, answer.ResultsFiltered));
    }

    [Theory]
    [InlineData("HIT", 42)]
    [InlineData("MISS", null)]
    [InlineData(null, null)]
    public async Task AgentsCache_IsAskedForAndItsAgeIsTold(string? header, int? seconds)
    {
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            if (header is not null)
            {
                context.Response.Headers[ConsulHeaders.Cache] = header;
                context.Response.Headers.Age = "42";
            }

            await context.Response.WriteAsync("[]");
        });
        using var client = TestClients.For(peer.Address);

        var answer = await client.Health.ServiceAsync("a", new InstanceQuery { Cached = true }).WithinAsync();

        Assert.Equal("/v1/health/service/a?cached", Assert.Single(peer.Requests).Target);
        Assert.Equal(seconds, (int?)answer.CacheAge?.TotalSeconds);
    }

    [Fact]
    public async Task Absence_IsAValue()
    {
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            context.Response.StatusCode = 404;
            context.Response.Headers[ConsulHeaders.Index] = "14";
            await context.Response.WriteAsync("unknown service ID: x");
        });
        using var client = TestClients.For(peer.Address);
        var pair = await client.Kv.GetAsync("k").WithinAsync();
        Assert.Equal((false, 14UL), (pair.Found, pair.Index));
        Assert.Empty((await client.Kv.ListAsync("k").WithinAsync()).Value);
        Assert.Empty((await client.Kv.KeysAsync("k").WithinAsync()).Value);
        Assert.Null((await client.Agent.ServiceAsync("x").WithinAsync()).Value);
        await client.Agent.DeregisterAsync("x").WithinAsync();
    }

    [Theory]
    [InlineData(404, false)]
    [InlineData(200, true)]
    [InlineData(403, true)]
    public async Task DeregisteringAfter500_IsDoneIfTheAgentDoesNotKnowTheService(int look, bool fails)
    {
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            context.Response.StatusCode = context.Request.Method == "PUT" ? 500 : look;
            await context.Response.WriteAsync(look == 200 ? """{"ID":"x","Service":"x"}""" : "Unknown service \"x\"");
        });
        using var client = TestClients.For(peer.Address);

        var e = await Record.ExceptionAsync(() => client.Agent.DeregisterAsync("x").WithinAsync());

        Assert.Equal(fails ? HttpStatusCode.InternalServerError : null, (e as ConsulException)?.StatusCode);
        Assert.Equal(fails, e is not null);
    }

    [Fact]
    public async Task UnixSocket_IsReached()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall");
        try
        {
            var path = Path.Combine(directory.FullName, "a b.sock");
            await using var peer = await LoopbackPeer.StartAsync(c => c.Response.WriteAsync("\"127.0.0.1:8300\""), unixSocket: path);
            using var client = TestClients.For(new Uri("unix://" + path));
            Assert.Equal("127.0.0.1:8300", (await client.Status.LeaderAsync().WithinAsync()).Value);
        }
        finally
        {
            directory.Delete(true);
        }
    }

    [Theory]
    [InlineData("me:pass:word", "me:pass:word")]
    [InlineData("me", "me:")]
    public async Task UserAndPassword_AreSentBesideTheToken(string given, string sent)
    {
        (string?, string?) headers = default;
        await using var peer = await LoopbackPeer.StartAsync(context =>
        {
            headers = (context.Request.Headers.Authorization, context.Request.Headers["X-Consul-Token"]);
            return context.Response.WriteAsync("null");
        });
        using var client = TestClients.For(peer.Address, o => (o.HttpAuth, o.Token) = (given, "t"));
        await client.Status.LeaderAsync().WithinAsync();
        Assert.Equal(($"Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(sent))}", "t"), headers);
    }

    [Fact]
    public async Task PathInTheAddress_IsKept_AndUserIsNot()
    {
        await using var peer = await LoopbackPeer.StartAsync(200, "null");
        using var client = TestClients.For(new Uri($"http://me:secret@{peer.Address.Authority}/consul"));
        await client.Status.LeaderAsync().WithinAsync();
        Assert.Equal("/consul/v1/status/leader", Assert.Single(peer.Requests).Target);
        Assert.DoesNotContain("secret", client.Address, StringComparison.Ordinal);
    }
}
