using System.Net;

namespace Rollcall.Agent.Tests.Acl;

/// <summary>Who may write one service must not get at others, or at the node, by their ids.</summary>
public sealed class ReplacementTests
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Web = "bbbbbbbb-0000-0000-0000-000000000001";
    private static readonly string[] s_seen = ["catalog/nodes", "catalog/node/n1", "health/node/n1", "agent/checks", "session/list"];

    [Theory]
    [InlineData("agent/service/register", """{"Name":"web","Check":{"CheckID":"serfHealth","TTL":"10m","Status":"passing"}}""")]
    [InlineData("agent/service/register", """{"Name":"web","Check":{"CheckID":"SERFHEALTH","TTL":"10m","Status":"passing"}}""")]
    [InlineData("agent/service/register", """{"Name":"web","Check":{"CheckID":"service:db","TTL":"10m","Status":"passing"}}""")]
    [InlineData("agent/service/register", """{"Name":"web","Checks":[{"TTL":"10m"},{"CheckID":"Service:db","TTL":"10m","Status":"passing"}]}""")]
    [InlineData("agent/service/register", """{"Name":"web","ID":"DB"}""")]
    [InlineData("agent/service/register", """{"Name":"web","ID":"consul"}""")]
    [InlineData("agent/check/register", """{"Name":"c","ServiceID":"web","ID":"serfHealth","TTL":"10m","Status":"passing"}""")]
    [InlineData("agent/check/register", """{"Name":"c","ServiceID":"web","ID":"Service:db","TTL":"10m","Status":"passing"}""")]
    [InlineData("catalog/register", """{"ID":"33333333-0000-0000-0000-000000000003","Node":"N4","Address":"10.0.0.4"}""")]
    [InlineData("catalog/register", """{"ID":"33333333-0000-0000-0000-000000000003","Node":"N4","SkipNodeUpdate":true,"Service":{"Service":"web"}}""")]
    [InlineData("catalog/register", """{"Node":"n1","SkipNodeUpdate":true,"Check":{"CheckID":"serfHealth","ServiceID":"web","Status":"passing"}}""")]
    [InlineData("catalog/register", """{"Node":"n1","SkipNodeUpdate":true,"Service":{"Service":"web"},"Check":{"CheckID":"service:db","ServiceID":"web","Status":"passing"}}""")]
    public async Task WhatStandsUnderAnId_IsNotReplacedByWhoMayNotWriteIt(string path, string body)
    {
        await using var agent = await StartAsync();
        var before = await agent.SeeAsync(Master, s_seen);
        agent.Token = Web;

        var answer = await agent.SendAsync("PUT", path, body);

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.StartsWith("Permission denied", answer.Body, StringComparison.Ordinal);
        Assert.Equal(before, await agent.SeeAsync(Master, s_seen));
    }

    [Theory]
    [InlineData("agent/check/pass/c", null)]
    [InlineData("agent/check/deregister/c", null)]
    [InlineData("agent/service/register", """{"Name":"web","Check":{"CheckID":"c","TTL":"10m","Status":"passing"}}""")]
    [InlineData("catalog/register", """{"Node":"n1","SkipNodeUpdate":true,"Check":{"CheckID":"c","ServiceID":"web","Status":"passing"}}""")]
    [InlineData("catalog/deregister", """{"Node":"n1","CheckID":"c"}""")]
    public async Task CheckOfAServiceThatHasAnotherNameNow_IsOfThatName(string path, string? body)
    {
        await using var agent = await StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web","ID":"s","Check":{"CheckID":"c","TTL":"10m"}}""");
        await agent.PutAsync("agent/service/register", """{"Name":"db","ID":"s"}""");
        var before = await agent.SeeAsync(Master, s_seen);
        agent.Token = Web;

        Assert.Equal(HttpStatusCode.Forbidden, (await agent.SendAsync("PUT", path, body)).Status);
        Assert.Equal(before, await agent.SeeAsync(Master, s_seen));
    }

    [Theory]
    [InlineData("""{"Service":{"Verb":"delete","Node":"n1","Service":{"ID":"db","Service":"web"}}}""")]
    [InlineData("""{"Service":{"Verb":"set","Node":"n1","Service":{"ID":"db","Service":"web"}}}""")]
    [InlineData("""{"Check":{"Verb":"delete","Check":{"Node":"n1","CheckID":"serfHealth","ServiceID":"web"}}}""")]
    [InlineData("""{"Check":{"Verb":"delete","Check":{"Node":"N1","CheckID":"SerfHealth","ServiceID":"web","ServiceName":"web"}}}""")]
    [InlineData("""{"Check":{"Verb":"set","Check":{"Node":"n1","CheckID":"serfHealth","ServiceID":"web","Status":"critical"}}}""")]
    [InlineData("""{"Check":{"Verb":"set","Check":{"Node":"n1","CheckID":"service:db","ServiceID":"web","Status":"critical"}}}""")]
    [InlineData("""{"Check":{"Verb":"set","Check":{"Node":"n1","CheckID":"service:web","Status":"critical"}}}""")]
    [InlineData("""{"Node":{"Verb":"set","Node":{"ID":"33333333-0000-0000-0000-000000000003","Node":"N4","Address":"10.0.0.2"}}}""")]
    [InlineData("""{"Node":{"Verb":"cas","Node":{"ID":"33333333-0000-0000-0000-000000000003","Node":"N4","Address":"10.0.0.2"}}}""")]
    [InlineData("""{"Node":{"Verb":"delete","Node":{"Node":"N2"}}}""")]
    public async Task Transaction_IsJudgedByWhatStandsThere(string operation)
    {
        await using var agent = await StartAsync();
        var before = await agent.SeeAsync(Master, s_seen);
        agent.Token = Web;

        var answer = await agent.SendAsync("PUT", "txn", $"[{operation}]");

        Assert.Equal((HttpStatusCode.Conflict, """{"Results":null,"Errors":[{"OpIndex":0,"What":"Permission denied"}]}"""), (answer.Status, answer.Body));
        Assert.Equal(before, await agent.SeeAsync(Master, s_seen));
    }

    [Theory]
    [InlineData("agent/service/register", """{"Name":"web","Checks":[{"TTL":"10m"},{"CheckID":"own","TTL":"10m"}]}""")]
    [InlineData("agent/check/register", """{"Name":"c","ServiceID":"web","ID":"service:web","TTL":"20m"}""")]
    [InlineData("catalog/register", """{"Node":"n1","SkipNodeUpdate":true,"Service":{"Service":"web"},"Check":{"CheckID":"service:web","ServiceID":"web","Status":"passing"}}""")]
    [InlineData("txn", """[{"Service":{"Verb":"set","Node":"n1","Service":{"ID":"web","Service":"web","Port":81}}},{"Service":{"Verb":"set","Node":"n1","Service":{"ID":"w2","Service":"web"}}}]""")]
    [InlineData("txn", """[{"Check":{"Verb":"set","Check":{"Node":"n1","CheckID":"service:web","ServiceID":"web","Status":"critical"}}},{"Check":{"Verb":"delete","Check":{"Node":"n1","CheckID":"service:web"}}}]""")]
    public async Task WhatIsItsOwn_ItMayReplace(string path, string body)
    {
        await using var agent = await StartAsync();
        agent.Token = Web;
        await agent.PutAsync(path, body);
    }

    private static async Task<AgentFixture> StartAsync()
    {
        var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master });
        agent.Token = Master;
        await agent.PutAsync("agent/service/register", """{"Name":"db","Check":{"TTL":"10m","Status":"passing"}}""");
        await agent.PutAsync("agent/service/register", """{"Name":"web","Check":{"TTL":"10m","Status":"passing"}}""");
        await agent.PutAsync("catalog/register", """{"Node":"n2","Address":"10.0.0.2"}""");
        await agent.PutAsync("catalog/register", """{"ID":"33333333-0000-0000-0000-000000000003","Node":"n3","Address":"10.0.0.3"}""");
        await agent.PutAsync("session/create", """{"Checks":["serfHealth","service:db"]}""");
        await agent.PutAsync("agent/maintenance?enable=true");
        await agent.PutAsync("acl/policy", """{"Name":"web","Rules":"service \"web\" { policy = \"write\" } node \"N2\" { policy = \"write\" } node \"N4\" { policy = \"write\" }"}""");
        await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{Web}}","SecretID":"{{Web}}","Policies":[{"Name":"web"}]}""");
        return agent;
    }
}
