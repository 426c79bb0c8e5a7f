using System.Net;
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

    private static Task SideIsAsync(AgentFixture agent, string status, string output) => Eventually.TrueAsync(async () =>
    {
        var check = (await agent.GetAsync("agent/checks")).Json!["service:side"]!;
        return (string)check["Status"]! == status && (string)check["Output"]! == output;
    });
}
