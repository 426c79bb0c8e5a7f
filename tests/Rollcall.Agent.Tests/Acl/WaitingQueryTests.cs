using System.Net;
using System.Text.Json;

namespace Rollcall.Agent.Tests.Acl;

/// <summary>Queries that wait are judged by the rules at their end.</summary>
public sealed class WaitingQueryTests
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Reader = "bbbbbbbb-0000-0000-0000-000000000001";

    [Fact]
    public async Task ChangedPolicy_CountsAtOnce_AndForThoseWhoWait()
    {
        await using var agent = await StartAsync("service_prefix \"\" { policy = \"read\" }");
        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");
        agent.Token = Reader;
        var before = await agent.GetAsync("health/service/web");
        Assert.Equal("[]", before.Body);
        var waiting = await agent.BlockAsync("health/service/web", before.Index);

        agent.Token = Master;
        var id = (await agent.GetAsync("acl/policy/name/reader")).Json!["ID"]!.GetValue<string>();
        await agent.PutAsync($"acl/policy/{id}", Policy("service_prefix \"\" { policy = \"read\" } node_prefix \"\" { policy = \"read\" }"));
        await agent.PutAsync("agent/service/register", """{"Name":"web","Port":80}""");

        Assert.Equal(80, (await waiting).Json![0]!["Service"]!["Port"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("health/service/web")]
    [InlineData("kv/a")]
    [InlineData("kv/?recurse")]
    [InlineData("acl/list")]
    [InlineData("acl/tokens")]
    [InlineData($"acl/token/{Reader}")]
    [InlineData("acl/policies")]
    [InlineData("connect/intentions/match?by=destination&name=web")]
    [InlineData("coordinate/nodes")]
    [InlineData("coordinate/node/n1")]
    [InlineData("discovery-chain/web")]
    [InlineData("config/service-defaults/web")]
    [InlineData("session/list")]
    [InlineData("event/list")]
    public async Task TokenThatIsDeletedWhileItsQueryWaits_IsRefusedAtTheEnd(string path)
    {
        await using var agent = await StartWithEverythingAsync();
        var waiting = await BlockAsReaderAsync(agent, path);

        await agent.SendAsync("DELETE", $"acl/token/{Reader}");
        await ChangeEverythingAsync(agent);

        var answer = await waiting;
        Assert.Equal((HttpStatusCode.Forbidden, "ACL not found"), (answer.Status, answer.Body));
    }

    [Theory]
    [InlineData("kv/a")]
    [InlineData("acl/list")]
    [InlineData($"acl/token/{Reader}")]
    [InlineData("connect/intentions/match?by=destination&name=web")]
    [InlineData("coordinate/node/n1")]
    [InlineData("discovery-chain/web")]
    [InlineData("config/service-defaults/web")]
    public async Task RuleThatIsTakenAwayWhileAQueryWaits_RefusesItAtTheEnd(string path)
    {
        await using var agent = await StartWithEverythingAsync();
        var waiting = await BlockAsReaderAsync(agent, path);

        var id = (await agent.GetAsync("acl/policy/name/reader")).Json!["ID"]!.GetValue<string>();
        await agent.PutAsync($"acl/policy/{id}", Policy("operator = \"read\""));
        await ChangeEverythingAsync(agent);

        var answer = await waiting;
        Assert.Equal((HttpStatusCode.Forbidden, "Permission denied"), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task EventsThatMayNotBeSeen_WakeNobody()
    {
        await using var agent = await StartAsync("event \"a\" { policy = \"read\" }");
        await agent.PutAsync("event/fire/a", "1");
        await agent.PutAsync("event/fire/b");
        agent.Token = Reader;
        var waiting = await agent.BlockAsync("event/list", await agent.IndexAsync("event/list"));
        Assert.False(waiting.IsCompleted);

        agent.Token = Master;
        await agent.PutAsync("event/fire/b");
        await agent.PutAsync("event/fire/a", "2");

        // Woken by the second alone, or it would not have both.
        Assert.Equal(["MQ==", "Mg=="], (await waiting).Json!.AsArray().Select(static item => (string)item!["Payload"]!));
    }

    [Fact]
    public async Task UnknownToken_IsToldSoBeforeItWaits()
    {
        await using var agent = await StartAsync("");
        agent.Token = "nobody";
        var answer = await await agent.BlockAsync("event/list", 1);
        Assert.Equal((HttpStatusCode.Forbidden, "ACL not found"), (answer.Status, answer.Body));
    }

    private static string Policy(string rules) => JsonSerializer.Serialize(new { Name = "reader", Rules = rules });

    private static async Task<AgentFixture> StartAsync(string rules)
    {
        var acl = new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master };
        var agent = await AgentFixture.StartAsync(configure: static options => options.ConnectEnabled = true, acl: acl);
        agent.Token = Master;
        await agent.PutAsync("acl/policy", Policy(rules));
        await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{Reader}}","SecretID":"{{Reader}}","Policies":[{"Name":"reader"}]}""");
        return agent;
    }

    private static async Task<AgentFixture> StartWithEverythingAsync()
    {
        string[] prefixes = ["key", "node", "service", "session", "event"];
        var agent = await StartAsync($"acl = \"write\" {string.Concat(prefixes.Select(static kind => $"{kind}_prefix \"\" {{ policy = \"read\" }} "))}");
        await ChangeEverythingAsync(agent);
        return agent;
    }

    /// <summary>A query of a token that can read everything; the next is the master token's again.</summary>
    private static async Task<Task<AgentFixture.Answer>> BlockAsReaderAsync(AgentFixture agent, string path)
    {
        agent.Token = Reader;
        var before = await agent.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, before.Status);

        // Some wait for an index and tell none.
        var waiting = await agent.BlockAsync(path, before.Headers.ContainsKey("X-Consul-Index") ? before.Index : agent.Agent.Store.Root.Index);
        Assert.False(waiting.IsCompleted);
        agent.Token = Master;
        return waiting;
    }

    private static async Task ChangeEverythingAsync(AgentFixture agent)
    {
        var text = Guid.NewGuid().ToString("D");
        await agent.PutAsync("kv/a", text);
        await agent.PutAsync("agent/service/register", $$"""{"Name":"web","Tags":["{{text}}"]}""");
        await agent.PutAsync("config", $$"""{"Kind":"service-defaults","Name":"web","Protocol":"http","ExternalSNI":"{{text}}"}""");
        await agent.PutAsync("coordinate/update", $$"""{"Node":"n1","Coord":{"Vec":[0,0,0,0,0,0,0,0],"Error":1.5,"Height":{{agent.Agent.Store.Root.Index}} } }""");
        await agent.PutAsync("acl/policy", $$"""{"Name":"{{text}}"}""");
        await agent.PutAsync("acl/token", "{}");
        await agent.PutAsync("session/create");
        await agent.PutAsync("event/fire/a");
        var intention = await agent.SendAsync("POST", "connect/intentions", $$"""{"SourceName":"{{text}}","DestinationName":"web","Action":"allow"}""");
        Assert.Equal(HttpStatusCode.OK, intention.Status);
    }
}
