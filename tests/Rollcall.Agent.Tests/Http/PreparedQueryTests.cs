using System.Net;
using System.Text.Json.Nodes;
using Rollcall.Agent.Queries;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class PreparedQueryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-").FullName;

    [Fact]
    public async Task Queries_AreThereAfterARestart()
    {
        string id;
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            id = await CreateAsync(before, """{"Name":"geo-","Template":{"Type":"name_prefix_match","Regexp":"(.)$","RemoveEmptyTags":true},"Service":{"Service":"${match(1)}","Tags":["a"],"NodeMeta":{"k":"v"},"Failover":{"NearestN":1,"Datacenters":["dc2"]}},"DNS":{"TTL":"9s"}}""");
            _ = await CreateAsync(before, """{"Name":"gone","Service":{"Service":"x"}}""");
            Assert.Equal(HttpStatusCode.OK, (await before.SendAsync("DELETE", $"query/{(await before.GetAsync("query/gone/explain")).Json!["Query"]!["ID"]}")).Status);
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        var query = Assert.Single((await after.GetAsync("query")).Json!.AsArray())!;
        Assert.Equal(id, (string)query["ID"]!);
        Assert.Equal(
            """{"Service":"${match(1)}","Failover":{"NearestN":1,"Datacenters":["dc2"]},"OnlyPassing":false,"IgnoreCheckIDs":null,"Near":"","Tags":["a"],"NodeMeta":{"k":"v"},"ServiceMeta":null,"Connect":false}""",
            query["Service"]!.ToJsonString(JsonText));
        Assert.Equal("7", (string)(await after.GetAsync("query/geo-7/explain")).Json!["Query"]!["Service"]!["Service"]!);
    }

    [Fact]
    public async Task NewQuery_WakesWhoWaitsForTheList()
    {
        await using var agent = await AgentFixture.StartAsync();
        _ = await CreateAsync(agent, """{"Name":"a","Service":{"Service":"x"}}""");
        var pending = await agent.BlockAsync("query", await agent.IndexAsync("query"));

        _ = await CreateAsync(agent, """{"Name":"b","Service":{"Service":"x"}}""");

        Assert.Equal(2, (await pending.WithinAsync()).Json!.AsArray().Count);
    }

    [Fact]
    public async Task Limit_CountsOnlyWhatMayBeSeen()
    {
        const string master = "aaaaaaaa-0000-0000-0000-000000000001";
        const string reader = "bbbbbbbb-0000-0000-0000-000000000001";
        await using var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = master });
        agent.Token = master;
        foreach (var node in new[] { "n1", "n2", "n3", "n4" })
        {
            await agent.PutAsync("catalog/register", $$$"""{"Node":"{{{node}}}","SkipNodeUpdate":{{{(node == "n1" ? "true" : "false")}}},"Address":"10.0.0.1","Service":{"Service":"svc"}}""");
        }

        await agent.PutAsync("acl/policy", """{"Name":"reader","Rules":"query \"\" { policy = \"read\" } service \"svc\" { policy = \"read\" } node \"n1\" { policy = \"read\" }"}""");
        await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{reader}}","SecretID":"{{reader}}","Policies":[{"Name":"reader"}]}""");
        _ = await CreateAsync(agent, """{"Name":"q","Service":{"Service":"svc"}}""");
        agent.Token = reader;

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(["n1"], await NodesAsync(agent, "query/q/execute?limit=1"));
        }
    }

    [Theory]
    [InlineData("^(?P<word>[[:alpha:]]+)-(\\pL)$", "geo-ab-\u00E9", "")]
    [InlineData("-(\\pL)$", "geo-\u00E9", "\u00E9")]
    [InlineData("\uD83D\uDE00(.)(\\d)?$", "geo-\uD83D\uDE00\u0663", "\u0663")]
    [InlineData("(?i)-([k])$", "geo-\u212A", "\u212A")]
    public async Task TemplatesExpression_IsGos(string regexp, string name, string group)
    {
        await using var agent = await AgentFixture.StartAsync();
        var body = new JsonObject
        {
            ["Name"] = "geo-",
            ["Template"] = new JsonObject { ["Type"] = "name_prefix_match", ["Regexp"] = regexp },
            ["Service"] = new JsonObject { ["Service"] = "x${match(1)}" },
        };
        _ = await CreateAsync(agent, body.ToJsonString());

        Assert.Equal("x" + group, (string)(await agent.GetAsync($"query/{Uri.EscapeDataString(name)}/explain")).Json!["Query"]!["Service"]!["Service"]!);
    }

    [Fact]
    public async Task Template_IsReadOnce()
    {
        await using var agent = await AgentFixture.StartAsync();
        _ = await CreateAsync(agent, """{"Name":"geo-","Template":{"Type":"name_prefix_match","Regexp":"(?i)^geo-([!-ｚ]+)$"},"Service":{"Service":"x${match(1)}"}}""");
        var root = agent.Agent.Store.Root;
        Assert.Equal("xa", QueryExecutor.Resolve(root, "geo-a", out _)!.Service);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var query = QueryExecutor.Resolve(root, "geo-b", out var fault);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
        Assert.Equal(("xb", null), (query!.Service, fault));
    }

    [Fact]
    public async Task Near_SortsByDistanceAndLimitCuts()
    {
        await using var agent = await AgentFixture.StartAsync();
        foreach (var (node, seconds) in new[] { ("far", "0.9"), ("near", "0.1"), ("middle", "0.5"), ("nowhere", "") })
        {
            await agent.PutAsync("catalog/register", $$$"""{"Node":"{{{node}}}","Address":"10.0.0.1","Service":{"Service":"svc"}}""");
            if (seconds.Length > 0)
            {
                await agent.PutAsync("coordinate/update", $$$"""{"Node":"{{{node}}}","Coord":{"Vec":[{{{seconds}}},0,0,0,0,0,0,0],"Error":0.1,"Height":0.00001,"Adjustment":0}}""");
            }
        }

        _ = await CreateAsync(agent, """{"Name":"q","Service":{"Service":"svc","Near":"_agent"}}""");

        Assert.Equal(["near", "middle", "far", "nowhere"], await NodesAsync(agent, "query/q/execute"));
        Assert.Equal(["far", "middle"], await NodesAsync(agent, "query/q/execute?near=far&limit=2"));
    }

    [Fact]
    public async Task WithoutNear_OrderIsRandom()
    {
        await using var agent = await AgentFixture.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            await agent.PutAsync("catalog/register", $$$"""{"Node":"n{{{i}}}","Address":"10.0.0.1","Service":{"Service":"svc"}}""");
        }

        _ = await CreateAsync(agent, """{"Name":"q","Service":{"Service":"svc"}}""");
        var orders = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            orders.Add(string.Join(' ', await NodesAsync(agent, "query/q/execute")));
        }

        Assert.True(orders.Count > 1, "ten answers in one order");
    }

    [Theory]
    [InlineData("${1/0}", "division by zero")]
    [InlineData("${1 % 0}", "division by zero")]
    public async Task DivisionByZero_IsRefused(string text, string reason)
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.SendAsync("POST", "query", $$$"""{"Name":"t","Template":{"Type":"name_prefix_match"},"Service":{"Service":"{{{text}}}"}}""");

        Assert.Equal((HttpStatusCode.InternalServerError, $"failed compiling template: Bad evaluation for '{text}' in Service.Service: {reason}"), (answer.Status, answer.Body));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static System.Text.Json.JsonSerializerOptions JsonText { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static async Task<string> CreateAsync(AgentFixture agent, string body)
    {
        var answer = await agent.SendAsync("POST", "query", body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Body);
        return (string)answer.Json!["ID"]!;
    }

    private static async Task<IEnumerable<string>> NodesAsync(AgentFixture agent, string path) =>
        (await agent.GetAsync(path)).Json!["Nodes"]!.AsArray().Select(static instance => (string)((JsonNode)instance!)["Node"]!["Node"]!);
}
