using System.Net;
using Rollcall.Agent.Http.Endpoints;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Tests.Acl;

/// <summary>Who may write one service must not decide over the maintenance of the node, or of other services.</summary>
public sealed class MaintenanceTests
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Mine = "bbbbbbbb-0000-0000-0000-000000000001";

    [Theory]
    [InlineData("agent/check/register", """{"ID":"_node_maintenance","Name":"x","TTL":"10h","ServiceID":"m1","Status":"passing"}""")]
    [InlineData("agent/check/register", """{"Name":"_Node_Maintenance","TTL":"10h","ServiceID":"m1","Status":"passing"}""")]
    [InlineData("agent/check/register", """{"ID":"_service_maintenance:v1","Name":"x","TTL":"10h","ServiceID":"m1","Status":"passing"}""")]
    [InlineData("agent/check/register", """{"ID":"_SERVICE_MAINTENANCE:v1","Name":"x","TTL":"10h","ServiceID":"m1","Status":"passing"}""")]
    [InlineData("agent/service/register", """{"Name":"mine","ID":"m1","Check":{"CheckID":"_node_maintenance","TTL":"10h","Status":"passing"}}""")]
    [InlineData("agent/service/register", """{"Name":"mine","Checks":[{"TTL":"1h"},{"CheckID":"_service_maintenance:v1","TTL":"10h","Status":"passing"}]}""")]
    public async Task IdOfAMaintenance_IsNoOthersCheck(string path, string body)
    {
        await using var agent = await StartAsync();
        agent.Token = Mine;

        var answer = await agent.SendAsync("PUT", path, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("is reserved for maintenance: give the check another ID", answer.Body, StringComparison.Ordinal);
        await OperatorRulesAsync(agent);
    }

    // What others say of the agent's node in the catalog does not stand in the agent's way.
    [Theory]
    [InlineData("catalog/register", """{"Node":"n1","SkipNodeUpdate":true,"Checks":[{"CheckID":"_node_maintenance","ServiceID":"m1","Status":"passing"},{"CheckID":"_service_maintenance:v1","ServiceID":"m1","Status":"passing"}]}""")]
    [InlineData("txn", """[{"Check":{"Verb":"set","Check":{"Node":"n1","CheckID":"_NODE_maintenance","ServiceID":"m1","Status":"passing"}}},{"Check":{"Verb":"set","Check":{"Node":"n1","CheckID":"_service_maintenance:v1","ServiceID":"m1","Status":"passing"}}}]""")]
    public async Task IdTakenInTheCatalog_GoesToTheMaintenance(string path, string body)
    {
        await using var agent = await StartAsync();
        agent.Token = Mine;
        await agent.PutAsync(path, body);

        await OperatorRulesAsync(agent);
    }

    [Fact]
    public async Task IdTakenBefore_GoesToTheMaintenance()
    {
        await using var agent = await StartAsync();
        await agent.PutAsync("agent/check/register", """{"ID":"_node_maintenance","Name":"x","TTL":"10h","Status":"passing"}""");
        await agent.PutAsync("agent/check/register", """{"ID":"_service_maintenance:v1","Name":"x","TTL":"10h","ServiceID":"v1","Status":"passing"}""");

        await agent.PutAsync("agent/service/maintenance/v1?enable=true");
        await agent.PutAsync("agent/maintenance?enable=true&reason=first");
        await agent.PutAsync("agent/maintenance?enable=true&reason=second");

        var checks = (await agent.GetAsync("agent/checks")).Json!;
        Assert.Equal(("critical", "maintenance"), ((string)checks["_service_maintenance:v1"]!["Status"]!, (string)checks["_service_maintenance:v1"]!["Type"]!));
        Assert.Equal(("critical", "first"), ((string)checks["_node_maintenance"]!["Status"]!, (string)checks["_node_maintenance"]!["Notes"]!));
    }

    // As an agent that took such ids has kept it.
    [Theory]
    [InlineData("_node_maintenance", "m1", "passing", "maintenance")]
    [InlineData("_service_maintenance:v1", "m1", "passing", "maintenance")]
    [InlineData("_node_maintenance", "", "maintenance", "maintenance")]
    public void Maintenance_IsThatOfWhatTheCheckIsOf(string checkId, string of, string victim, string mine)
    {
        var check = new LocalCheck(new HealthCheck { CheckId = checkId, ServiceId = of, Status = "passing" }, null);
        var local = LocalState.Empty with { Checks = LocalState.Empty.Checks.Add(checkId, check), NodeCheckIds = of.Length == 0 ? [checkId] : [] };

        Assert.Equal((victim, mine), (StatusOf("v1"), StatusOf("m1")));

        string StatusOf(string id) =>
            LocalHealthEndpoints.Judge(local, new LocalService(new NodeService { Id = id }, id == of ? [checkId] : [], false)).Status;
    }

    private static async Task OperatorRulesAsync(AgentFixture agent)
    {
        agent.Token = Master;
        Assert.Equal("passing", (await agent.GetAsync("agent/health/service/name/victim?format=text")).Body);
        await agent.PutAsync("agent/service/maintenance/v1?enable=true");
        Assert.Empty((await agent.GetAsync("health/service/victim?passing")).Json!.AsArray());
        await agent.PutAsync("agent/service/maintenance/v1?enable=false");
        Assert.Single((await agent.GetAsync("health/service/victim?passing")).Json!.AsArray());
        await agent.PutAsync("agent/maintenance?enable=true");
        Assert.Empty((await agent.GetAsync("health/service/victim?passing")).Json!.AsArray());
        Assert.Equal("maintenance", (await agent.GetAsync("agent/health/service/name/victim?format=text")).Body);
    }

    private static async Task<AgentFixture> StartAsync()
    {
        var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master });
        agent.Token = Master;
        await agent.PutAsync("agent/service/register", """{"Name":"victim","ID":"v1"}""");
        await agent.PutAsync("agent/service/register", """{"Name":"mine","ID":"m1"}""");
        await agent.PutAsync("acl/policy", """{"Name":"mine","Rules":"service \"mine\" { policy = \"write\" }"}""");
        await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{Mine}}","SecretID":"{{Mine}}","Policies":[{"Name":"mine"}]}""");
        return agent;
    }
}
