using System.Net;
using System.Threading.Channels;
using Rollcall.Agent.Checks;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class AliasCheckTests
{
    [Fact]
    public async Task Follows_TheServiceItStandsFor()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web","Check":{"TTL":"60s","Status":"passing"}}""");
        await agent.PutAsync("agent/service/register", """{"Name":"side","Check":{"AliasService":"web"}}""");
        await SideIsAsync(agent, "passing", "All checks passing.");

        await agent.PutAsync("agent/check/warn/service:web?note=slow");
        await SideIsAsync(agent, "warning", "Aliased check \"Service 'web' check\" failing: slow");

        await agent.PutAsync("agent/check/fail/service:web?note=gone");
        await SideIsAsync(agent, "critical", "Aliased check \"Service 'web' check\" failing: gone");

        await agent.PutAsync("agent/check/pass/service:web");
        await SideIsAsync(agent, "passing", "All checks passing.");

        await agent.PutAsync("agent/service/deregister/web");
        await SideIsAsync(agent, "critical", "Service web could not be found on node ");
        Assert.Equal("alias", (string)(await agent.GetAsync("agent/checks")).Json!["service:side"]!["Type"]!);
    }

    [Fact]
    public async Task AliasesOfANode_DoNotKeepEachOtherCritical()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/check/register", """{"ID":"disk","Name":"disk","TTL":"60s","Status":"critical"}""");
        await agent.PutAsync("agent/check/register", """{"ID":"a1","Name":"a1","AliasNode":"n1"}""");
        await agent.PutAsync("agent/check/register", """{"ID":"a2","Name":"a2","AliasNode":"n1"}""");
        await Eventually.TrueAsync(async () => (await agent.GetAsync("agent/checks")).Body.Split("Aliased check").Length == 3);

        await agent.PutAsync("agent/check/pass/disk");

        await Eventually.TrueAsync(async () => (await agent.GetAsync("agent/checks?filter=Status!=passing")).Body == "{}");
    }

    [Fact]
    public async Task WithATtl_IsRefused()
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.SendAsync("PUT", "agent/check/register", """{"Name":"a","AliasService":"web","TTL":"5s"}""");

        Assert.Equal((HttpStatusCode.BadRequest, "Invalid check: TTL must be not be set for Alias checks"), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task ChangeOfAnotherService_IsNotLookedAt()
    {
        var store = new StateStore();
        await store.ApplyAsync(new AnnounceAgent(
            new CatalogNode { Node = "n1", Address = "127.0.0.1" },
            new NodeService { Id = "consul", Service = "consul" },
            new HealthCheck { Node = "n1", CheckId = "serfHealth", Status = CheckStatus.Passing }));
        await RegisterAsync("web");
        await RegisterAsync("db");
        var results = Channel.CreateUnbounded<ProbeResult>();
        await using var alias = new AliasCheck(
            new CheckSpec { CheckId = "alias", Kind = CheckKind.Alias, AliasService = "web" }, store, result => Assert.True(results.Writer.TryWrite(result)));
        Assert.Equal(CheckStatus.Critical, await NextAsync());
        var looks = alias.Looks;

        for (var i = 0; i < 50; i++)
        {
            await store.ApplyAsync(new UpdateCheck("db", i % 2 == 0 ? CheckStatus.Passing : CheckStatus.Critical, ""));
        }

        await store.ApplyAsync(new UpdateCheck("web", CheckStatus.Passing, ""));
        Assert.Equal(CheckStatus.Passing, await NextAsync());
        Assert.Equal(looks + 1, alias.Looks);

        // Under another name it is still followed, and while it is gone.
        await store.ApplyAsync(new RegisterService(new NodeService { Id = "web", Service = "web2" }, [], ReplaceChecks: false));
        await store.ApplyAsync(new UpdateCheck("web", CheckStatus.Warning, ""));
        Assert.Equal(CheckStatus.Warning, await NextAsync());
        await store.ApplyAsync(new DeregisterService("web"));
        Assert.Equal(CheckStatus.Critical, await NextAsync());
        await store.ApplyAsync(new RegisterService(new NodeService { Id = "web", Service = "web" }, [], ReplaceChecks: false));
        Assert.Equal(CheckStatus.Passing, await NextAsync());

        async Task RegisterAsync(string name) => await store.ApplyAsync(new RegisterService(
            new NodeService { Id = name, Service = name },
            [new LocalCheck(new HealthCheck { CheckId = name, Name = name, ServiceId = name, Status = CheckStatus.Critical, Type = "ttl" }, new CheckDefinition { Ttl = "10s" })],
            ReplaceChecks: false));

        async Task<string> NextAsync() => (await results.Reader.ReadAsync().AsTask().WithinAsync()).Status;
    }

    private static Task SideIsAsync(AgentFixture agent, string status, string output) => Eventually.TrueAsync(async () =>
    {
        var check = (await agent.GetAsync("agent/checks")).Json!["service:side"]!;
        return (string)check["Status"]! == status && (string)check["Output"]! == output;
    });
}
