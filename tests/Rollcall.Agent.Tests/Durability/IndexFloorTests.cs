using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Durability;

/// <summary>No index that queries wait on goes back, also where everything that it is about was deleted.</summary>
public sealed class IndexFloorTests : IDisposable
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";

    private static readonly string[] s_lists =
    [
        "acl/tokens", "acl/policies", "acl/roles", "acl/auth-methods", "acl/binding-rules", "config/service-defaults", "connect/intentions", "query", "coordinate/nodes", "session/list", "kv/?recurse",
    ];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Restart_LowersNoIndex()
    {
        List<ulong> before;
        await using (var agent = await StartAsync())
        {
            await AddAndDeleteAsync(agent);
            before = await IndexesAsync(agent);
        }

        await using var again = await StartAsync();
        Assert.All((await IndexesAsync(again)).Zip(before, s_lists), static list => Assert.True(list.First >= list.Second, $"{list.Third}: {list.First}, it was {list.Second}"));
    }

    [Fact]
    public async Task Restart_WhoWaitsByAnIndexOfBeforeWaits()
    {
        List<(string Path, ulong Index)> before = [];
        await using (var agent = await StartAsync())
        {
            await AddAndDeleteAsync(agent);
            await agent.PutAsync("kv/own", "1");
            await agent.PutAsync("kv/below/a", "1");
            await agent.PutAsync("agent/service/register", """{"Name":"web","ID":"w1"}""");
            await agent.PutAsync("agent/service/register", """{"Name":"web","ID":"w2"}""");
            await agent.PutAsync("agent/service/deregister/w2");
            await agent.PutAsync("kv/last", "1");
            foreach (var path in (string[])[.. s_lists, "kv/own", "kv/none", "kv/below/?recurse", "catalog/nodes", "catalog/services", "catalog/service/web", "catalog/service/none", "health/service/web", "health/state/any", "health/connect/web", "catalog/node/n1"])
            {
                before.Add((path, await agent.IndexAsync(path)));
            }
        }

        await using var again = await StartAsync();
        var waiting = new List<Task<AgentFixture.Answer>>();
        foreach (var (path, index) in before)
        {
            Assert.Equal((path, index), (path, await again.IndexAsync(path)));
            waiting.Add(await again.BlockAsync(path, index));
        }

        Assert.All(waiting.Zip(before), static wait => Assert.False(wait.First.IsCompleted, wait.Second.Path));
        await again.PutAsync("kv/own", "2");
        Assert.Equal("2", Encoding.UTF8.GetString(Convert.FromBase64String((string)(await waiting[before.FindIndex(static wait => wait.Path == "kv/own")].WithinAsync()).Json![0]!["Value"]!)));
    }

    [Fact]
    public async Task Restore_WhoWaitsByTheIndexOfAKeyWaits_AndWhoHasAnotherIsAnswered()
    {
        await using var agent = await StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        http.DefaultRequestHeaders.Add("X-Consul-Token", Master);
        await agent.PutAsync("kv/k", "old");
        var archive = await http.GetByteArrayAsync(new Uri("/v1/snapshot", UriKind.Relative)).WithinAsync();
        await agent.PutAsync("kv/k", "new");
        var seen = await agent.IndexAsync("kv/k");
        using var restored = await http.PutAsync(new Uri("/v1/snapshot", UriKind.Relative), new ByteArrayContent(archive)).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, restored.StatusCode);

        var answer = await agent.SendAsync("GET", $"kv/k?index={seen}&wait=10m").WithinAsync();
        var pending = await agent.BlockAsync("kv/k", (ulong)answer.Json![0]!["ModifyIndex"]!);

        Assert.Equal("b2xk", (string?)answer.Json![0]!["Value"]);
        Assert.False(pending.IsCompleted);
        await agent.PutAsync("kv/k", "newest");
        await pending.WithinAsync();
    }

    [Fact]
    public async Task Restore_LowersNoIndex()
    {
        await using var agent = await StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        http.DefaultRequestHeaders.Add("X-Consul-Token", Master);
        var archive = await http.GetByteArrayAsync(new Uri("/v1/snapshot", UriKind.Relative)).WithinAsync();
        await AddAndDeleteAsync(agent);
        var before = await IndexesAsync(agent);

        using var restored = await http.PutAsync(new Uri("/v1/snapshot", UriKind.Relative), new ByteArrayContent(archive)).WithinAsync();

        Assert.Equal(HttpStatusCode.OK, restored.StatusCode);
        Assert.All((await IndexesAsync(agent)).Zip(before, s_lists), static list => Assert.True(list.First >= list.Second, $"{list.Third}: {list.First}, it was {list.Second}"));
    }

    private async Task<AgentFixture> StartAsync()
    {
        var agent = await AgentFixture.StartAsync(_directory.FullName, acl: new AclOptions { Enabled = true, MasterToken = Master });
        agent.Token = Master;
        return agent;
    }

    private static async Task<List<ulong>> IndexesAsync(AgentFixture agent)
    {
        var indexes = new List<ulong>();
        foreach (var path in s_lists)
        {
            indexes.Add(await agent.IndexAsync(path));
        }

        return indexes;
    }

    private static async Task AddAndDeleteAsync(AgentFixture agent)
    {
        var method = new JsonObject { ["Name"] = "m", ["Type"] = "jwt", ["Config"] = new JsonObject { ["JWTValidationPubKeys"] = new JsonArray(SignedToken.PublicKey) } };
        string[] made =
        [
            await MakeAsync("PUT", "acl/role", """{"Name":"r"}"""),
            await MakeAsync("PUT", "acl/auth-method", method.ToJsonString()),
            await MakeAsync("PUT", "acl/binding-rule", """{"AuthMethod":"m","BindType":"service","BindName":"x"}"""),
            await MakeAsync("PUT", "config", """{"Kind":"service-defaults","Name":"web"}"""),
            await MakeAsync("POST", "connect/intentions", """{"SourceName":"a","DestinationName":"b","Action":"allow"}"""),
            await MakeAsync("POST", "query", """{"Name":"q","Service":{"Service":"web"} }"""),
            await MakeAsync("PUT", "session/create", "{}"),
            await MakeAsync("PUT", "kv/a", "1"),
            await MakeAsync("PUT", "catalog/register", """{"Node":"n2","Address":"10.0.0.2"}"""),
            await MakeAsync("PUT", "coordinate/update", """{"Node":"n2","Coord":{"Vec":[0,0,0,0,0,0,0,0],"Error":1.5} }"""),
        ];
        await MakeAsync("DELETE", $"acl/binding-rule/{made[2]}", null);
        await MakeAsync("DELETE", "acl/auth-method/m", null);
        await MakeAsync("DELETE", $"acl/role/{made[0]}", null);
        await MakeAsync("DELETE", "config/service-defaults/web", null);
        await MakeAsync("DELETE", $"connect/intentions/{made[4]}", null);
        await MakeAsync("DELETE", $"query/{made[5]}", null);
        await MakeAsync("PUT", $"session/destroy/{made[6]}", null);
        await MakeAsync("DELETE", "kv/a", null);
        await MakeAsync("PUT", "catalog/deregister", """{"Node":"n2"}""");

        async Task<string> MakeAsync(string method, string path, string? body)
        {
            var answer = await agent.SendAsync(method, path, body);
            Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {(int)answer.Status} {answer.Body}");
            return answer.Body.StartsWith('{') ? (string?)answer.Json!["ID"] ?? "" : "";
        }
    }
}
