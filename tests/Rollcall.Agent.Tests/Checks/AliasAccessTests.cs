using System.Net;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

/// <summary>An alias tells of what it stands for, so who registers it has to be allowed to read that.</summary>
public sealed class AliasAccessTests : IDisposable
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Side = "bbbbbbbb-0000-0000-0000-000000000001";
    private const string ReadsDb = "service \"db\" { policy = \"read\" }";
    private const string ReadsServices = "service_prefix \"\" { policy = \"read\" }";
    private const string ReadsNodes = "node_prefix \"\" { policy = \"read\" }";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("", "\"AliasService\":\"db-1\"", "service:read on db")]
    [InlineData(ReadsDb, "\"AliasService\":\"db-1\"", null)]
    [InlineData("service \"db-1\" { policy = \"read\" }", "\"AliasService\":\"db-1\"", "service:read on db")]
    [InlineData("", "\"AliasService\":\"nowhere\"", "service:read on nowhere")]
    [InlineData("service \"nowhere\" { policy = \"read\" }", "\"AliasService\":\"nowhere\"", null)]
    [InlineData(ReadsDb, "\"AliasService\":\"db-1\",\"AliasNode\":\"n1\"", null)]
    [InlineData("", "\"AliasNode\":\"n1\"", "node:read on n1")]
    [InlineData(ReadsNodes, "\"AliasNode\":\"n1\"", null)]
    [InlineData("", "\"AliasNode\":\"n2\"", "node:read on n2")]
    [InlineData(ReadsNodes, "\"AliasNode\":\"n2\"", null)]
    [InlineData(ReadsNodes + "node \"n2\" { policy = \"deny\" }", "\"AliasNode\":\"N2\"", "node:read on n2")]
    [InlineData("", "\"AliasNode\":\"n3\"", "node:read on n3")]
    [InlineData(ReadsServices, "\"AliasNode\":\"n2\",\"AliasService\":\"mail\"", "node:read on n2")]
    [InlineData(ReadsNodes, "\"AliasNode\":\"n2\",\"AliasService\":\"mail\"", "service:read on mail")]
    [InlineData(ReadsNodes + ReadsServices, "\"AliasNode\":\"n2\",\"AliasService\":\"mail\"", null)]
    public async Task Registration_NeedsToReadWhatItStandsFor(string rules, string alias, string? missing)
    {
        await using var agent = await StartAsync(rules);
        await agent.PutAsync("agent/service/register", """{"Name":"db","ID":"db-1"}""");
        await agent.PutAsync("catalog/register", """{"Node":"n2","Address":"10.0.0.2","Service":{"Service":"mail"}}""");
        agent.Token = Side;
        await agent.PutAsync("agent/service/register", """{"Name":"side"}""");

        AgentFixture.Answer[] answers =
        [
            await agent.SendAsync("PUT", "agent/service/register", $$"""{"Name":"side","Check":{ {{alias}} } }"""),
            await agent.SendAsync("PUT", "agent/check/register", $$"""{"Name":"a","ServiceID":"side",{{alias}} }"""),
        ];

        Assert.All(answers, answer => Assert.Equal(
            missing is null ? (HttpStatusCode.OK, "") : (HttpStatusCode.Forbidden, $"Permission denied: Missing {missing}"), (answer.Status, answer.Body)));
    }

    [Fact]
    public async Task ServiceThatComesLaterUnderAnotherName_IsNotShown()
    {
        await using (var agent = await StartAsync(ReadsDb, _directory.FullName))
        {
            agent.Token = Side;
            await agent.PutAsync("agent/service/register", """{"Name":"side","Check":{"AliasService":"db"}}""");
            agent.Token = Master;
            await RegisterAsync(agent, "secret");
            await SideIsAsync(agent, "Service db could not be found on node ");
            await agent.PutAsync("agent/service/deregister/db");
            await RegisterAsync(agent, "db");
            await SideIsAsync(agent, "Aliased check \"db\" failing: ");
        }

        // Nor after a restart.
        await using var again = await StartAsync(ReadsDb, _directory.FullName);
        await SideIsAsync(again, "Aliased check \"db\" failing: ");
        await RegisterAsync(again, "secret");
        await SideIsAsync(again, "Service db could not be found on node ");
    }

    [Theory]
    [InlineData(ReadsServices, "Aliased check \"secret\" failing: ")]
    [InlineData(ReadsServices + "service \"secret\" { policy = \"deny\" }", "Service db could not be found on node ")]
    public async Task WhoMayReadAllServices_SeesItUnderAnyName(string rules, string output)
    {
        await using var agent = await StartAsync(rules);
        agent.Token = Side;
        await agent.PutAsync("agent/service/register", """{"Name":"side","Check":{"AliasService":"db"}}""");
        agent.Token = Master;
        await RegisterAsync(agent, "secret");
        await SideIsAsync(agent, output);
    }

    private static Task RegisterAsync(AgentFixture agent, string name) =>
        agent.PutAsync("agent/service/register", $$"""{"Name":"{{name}}","ID":"db","Check":{"CheckID":"{{name}}","Name":"{{name}}","TTL":"10m"} }""");

    private static Task SideIsAsync(AgentFixture agent, string output) =>
        Eventually.TrueAsync(async () => (string)(await agent.GetAsync("agent/checks")).Json!["service:side"]!["Output"]! == output);

    private static async Task<AgentFixture> StartAsync(string rules, string? directory = null)
    {
        var agent = await AgentFixture.StartAsync(directory, acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master });
        agent.Token = Master;
        if ((await agent.GetAsync($"acl/token/{Side}")).Status != HttpStatusCode.OK)
        {
            rules = System.Text.Json.JsonSerializer.Serialize(rules + "service \"side\" { policy = \"write\" }");
            await agent.PutAsync("acl/policy", $$"""{"Name":"side","Rules":{{rules}} }""");
            await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{Side}}","SecretID":"{{Side}}","Policies":[{"Name":"side"}]}""");
        }

        return agent;
    }
}
