using System.Net;
using Rollcall.Agent.Durability;
using Rollcall.Agent.Store.Durability;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class MeshTests : IDisposable
{
    private const string Proxy = """
        {"DestinationServiceName":"web","DestinationServiceID":"web1","LocalServicePort":80,"Config":{"a":[1.5,"x"]},"Upstreams":[{"DestinationName":"db","LocalBindPort":91,"Config":{"z":1}}],
         "MeshGateway":{"Mode":"local"},"Expose":{"Paths":[{"Path":"/x","ListenerPort":1}]}}
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Proxies_AreThereAfterARestart()
    {
        string[] reads = ["agent/service/p1", "catalog/service/p", "catalog/service/n", "catalog/service/g"];
        List<string> expected = [];
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("agent/service/register", $$"""{"Name":"p","ID":"p1","Kind":"connect-proxy","Port":81,"Proxy":{{Proxy}}}""");
            await before.PutAsync("catalog/register", """{"Node":"ext","Address":"10.0.0.1","Service":{"Service":"n","Connect":{"Native":true}}}""");
            await before.PutAsync("catalog/register", """{"Node":"ext","Address":"10.0.0.1","Service":{"Service":"g","Kind":"ingress-gateway"}}""");
            foreach (var path in reads)
            {
                expected.Add((await before.GetAsync(path)).Body);
            }
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        foreach (var (path, body) in reads.Zip(expected))
        {
            Assert.Equal(body, (await after.GetAsync(path)).Body);
        }
    }

    [Fact]
    public async Task ProxyThatIsRegisteredAgain_ChangesNothing()
    {
        await using var agent = await AgentFixture.StartAsync();
        await RegisterAsync(Proxy);
        var index = await agent.IndexAsync("catalog/service/p");

        await RegisterAsync(Proxy);
        Assert.Equal(index, await agent.IndexAsync("catalog/service/p"));

        await RegisterAsync(Proxy.Replace("\"z\":1", "\"z\":2", StringComparison.Ordinal));
        Assert.NotEqual(index, await agent.IndexAsync("catalog/service/p"));

        Task RegisterAsync(string proxy) => agent.PutAsync("agent/service/register", $$"""{"Name":"p","Kind":"connect-proxy","Port":81,"Proxy":{{proxy}}}""");
    }

    [Fact]
    public async Task Sidecar_IsStillItsServicesAfterARestart()
    {
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("agent/service/register", """{"Name":"web","ID":"w1","Connect":{"SidecarService":{"Check":{"TTL":"1h"}}}}""");
        }

        await using var after = await AgentFixture.StartAsync(_directory);
        Assert.Equal(21000, (await after.GetAsync("agent/service/w1-sidecar-proxy")).Json!["Port"]!.GetValue<int>());

        await after.PutAsync("agent/service/deregister/w1");

        Assert.Equal(HttpStatusCode.NotFound, (await after.GetAsync("agent/service/w1-sidecar-proxy")).Status);
        Assert.Equal("[]", (await after.GetAsync("health/service/web-sidecar-proxy")).Body);
        Assert.Equal("{}", (await after.GetAsync("agent/checks")).Body);
    }

    [Fact]
    public async Task SidecarsOfFiles_KeepTheirPorts_AndGoWithTheFile()
    {
        var text = """services = [{ name = "a" connect { sidecar_service {} } }, { name = "b" connect { sidecar_service {} } }]""";
        await using var agent = await AgentFixture.StartAsync(_directory, () => Configuration(text));
        Assert.Equal((21000, 21001), (await PortAsync("a"), await PortAsync("b")));

        text = """services = [{ name = "c" connect { sidecar_service {} } }, { name = "b" connect { sidecar_service {} } }]""";
        await agent.PutAsync("agent/reload", "");

        Assert.Equal((21000, 21001), (await PortAsync("c"), await PortAsync("b")));
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("agent/service/a-sidecar-proxy")).Status);

        async Task<int> PortAsync(string id) => (await agent.GetAsync($"agent/service/{id}-sidecar-proxy")).Json!["Port"]!.GetValue<int>();
    }

    [Theory]
    [InlineData("ports { sidecar_min_port = 5 sidecar_max_port = 5 }", "and none left in the configured range [5, 5]")]
    [InlineData("ports { sidecar_min_port = 0 sidecar_max_port = 0 }", "and auto-assignment disabled in config")]
    [InlineData("ports { sidecar_min_port = 0 sidecar_max_port = 50 }", "and auto-assignment disabled in config")]
    public async Task NoPortForASidecar_RegistersNothing(string ports, string fault)
    {
        await using var agent = await AgentFixture.StartAsync(null, () => Configuration(ports));
        await agent.PutAsync("agent/service/register", """{"Name":"x","Port":5}""");

        var answer = await agent.SendAsync("PUT", "agent/service/register", """{"Name":"a","Connect":{"SidecarService":{}}}""");

        Assert.Equal((HttpStatusCode.InternalServerError, $"Bad request: Invalid SidecarService: no port provided for sidecar_service {fault}"), (answer.Status, answer.Body));
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("agent/service/a")).Status);
    }

    [Fact]
    public async Task FileWithTooFewPorts_IsRefused()
    {
        var fault = await Assert.ThrowsAsync<ConsulAgentException>(() => AgentFixture.StartAsync(null, () => Configuration(
            """ports { sidecar_min_port = 5 sidecar_max_port = 5 } services = [{ name = "a" connect { sidecar_service {} } }, { name = "b" connect { sidecar_service {} } }]""")));

        Assert.Contains("none left in the configured range [5, 5]: set its port, or ports.sidecar_min_port", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Address":"0.0.0.0"}""", "Invalid service address")]
    [InlineData("""{"Proxy":{"Upstreams":[{}]}}""", "1 error occurred:\n\t* upstream destination name cannot be empty\n\n")]
    public async Task SidecarThatNoCatalogTakes_IsRefused(string sidecar, string fault)
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.SendAsync("PUT", "agent/service/register", $$$"""{"Name":"a","Connect":{"SidecarService":{{{sidecar}}}}}""");

        Assert.Equal($"Bad request: Invalid SidecarService: {fault}", answer.Body);
    }

    private static AgentConfiguration Configuration(string hcl)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("test.hcl", hcl);
        return configuration;
    }

    [Fact]
    public async Task WhoWaitsForProxies_WakesWithEachChangeOfThem()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");
        var pending = await agent.BlockAsync("health/connect/web", await agent.IndexAsync("health/connect/web"));

        await RegisterAsync("web", 1);
        Assert.Single((await pending.WithinAsync()).Json!.AsArray());

        pending = await agent.BlockAsync("health/connect/web", await agent.IndexAsync("health/connect/web"));
        await RegisterAsync("web", 2);
        Assert.Equal(2, (await pending.WithinAsync()).Json![0]!["Service"]!["Port"]!.GetValue<int>());

        pending = await agent.BlockAsync("catalog/connect/web", await agent.IndexAsync("catalog/connect/web"));
        await RegisterAsync("other", 2);
        Assert.Empty((await pending.WithinAsync()).Json!.AsArray());

        Task RegisterAsync(string destination, int port) => agent.PutAsync(
            "agent/service/register", $$$"""{"Name":"p","Kind":"connect-proxy","Port":{{{port}}},"Proxy":{"DestinationServiceName":"{{{destination}}}"}}""");
    }

    [Fact]
    public async Task ProxiesAfterARestart_AreFoundByTheirService()
    {
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("agent/service/register", $$"""{"Name":"p","Kind":"connect-proxy","Port":81,"Proxy":{{Proxy}}}""");
            await before.PutAsync("agent/service/register", """{"Name":"Web","Connect":{"Native":true}}""");
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        Assert.Equal(["Web", "p"], (await after.GetAsync("catalog/connect/web")).Json!.AsArray().Select(static instance => instance!["ServiceName"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task WhoMayNotReadTheService_IsNotToldOfItsProxies()
    {
        const string Master = "aaaaaaaa-0000-0000-0000-000000000001";
        await using var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master });
        agent.Token = Master;
        await agent.PutAsync("agent/service/register", """{"Name":"p","Kind":"connect-proxy","Port":81,"Proxy":{"DestinationServiceName":"hidden"}}""");
        foreach (var (name, entry) in ((string, string)[])[
            ("terminating-gateway", """ "Services":[{"Name":"hidden"}] """), ("ingress-gateway", """ "Listeners":[{"Port":80,"Protocol":"tcp","Services":[{"Name":"hidden"}]}] """)])
        {
            await agent.PutAsync("config", $$"""{"Kind":"{{name}}","Name":"{{name}}",{{entry}}}""");
            await agent.PutAsync("agent/service/register", $$"""{"Name":"{{name}}","Kind":"{{name}}","Port":82}""");
        }

        await agent.PutAsync("acl/policy", """{"Name":"r","Rules":"node_prefix \"\" { policy = \"read\" } service_prefix \"\" { policy = \"read\" } service \"hidden\" { policy = \"deny\" }"}""");
        await agent.PutAsync("acl/token", """{"SecretID":"bbbbbbbb-0000-0000-0000-000000000001","Policies":[{"Name":"r"}]}""");
        Assert.Equal(2, (await agent.GetAsync("health/connect/hidden")).Json!.AsArray().Count);
        Assert.Single((await agent.GetAsync("health/ingress/hidden")).Json!.AsArray());
        agent.Token = "bbbbbbbb-0000-0000-0000-000000000001";

        Assert.Equal("[]", (await agent.GetAsync("health/connect/hidden")).Body);
        Assert.Equal("[]", (await agent.GetAsync("health/connect/HIDDEN")).Body);
        Assert.Equal("[]", (await agent.GetAsync("catalog/connect/hidden")).Body);
        Assert.Equal("[]", (await agent.GetAsync("health/ingress/hidden")).Body);
        Assert.Equal("[]", (await agent.GetAsync("health/ingress/HIDDEN")).Body);
        Assert.Equal("[]", (await agent.GetAsync("catalog/gateway-services/ingress-gateway")).Body);
        Assert.Single((await agent.GetAsync("health/service/p")).Json!.AsArray());
    }

    [Fact]
    public void RowOfBeforeThereWasAMesh_IsReadAsAPlainService()
    {
        var row = RowCodec.Decode(StoreTable.Service, """{"ID":"a","Service":"a","Tags":[],"Port":1,"Weights":{"Passing":1,"Warning":1},"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{}}"""u8);

        var service = Assert.IsType<NodeService>(row);
        Assert.Null(service.Kind);
        Assert.Null(service.Proxy);
        Assert.Null(service.Connect);
    }
}
