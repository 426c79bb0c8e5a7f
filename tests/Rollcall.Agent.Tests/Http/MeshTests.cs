using Rollcall.Agent.Durability;
using Rollcall.Agent.Store.Durability;
using Rollcall.Consul.Wire;

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
    public void RowOfBeforeThereWasAMesh_IsReadAsAPlainService()
    {
        var row = RowCodec.Decode(StoreTable.Service, """{"ID":"a","Service":"a","Tags":[],"Port":1,"Weights":{"Passing":1,"Warning":1},"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{}}"""u8);

        var service = Assert.IsType<NodeService>(row);
        Assert.Null(service.Kind);
        Assert.Null(service.Proxy);
        Assert.Null(service.Connect);
    }
}
