using System.Net;

namespace Rollcall.Agent.Tests.Acl;

/// <summary>What is found in any case is judged by its own name, too.</summary>
public sealed class SpellingTests
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Other = "bbbbbbbb-0000-0000-0000-000000000001";
    private static readonly string[] s_seen = ["config/service-defaults", "config/service-resolver", "connect/intentions", "coordinate/nodes", "session/list"];

    [Theory]
    [InlineData("GET", "config/service-defaults/SECRET", null)]
    [InlineData("DELETE", "config/service-defaults/SECRET", null)]
    [InlineData("PUT", "config", """{"Kind":"service-defaults","Name":"SECRET","Protocol":"grpc"}""")]
    [InlineData("PUT", "config", """{"Kind":"service-resolver","Name":"mine","Redirect":{"Service":"SECRET"}}""")]
    [InlineData("PUT", "config", """{"Kind":"service-resolver","Name":"mine","Failover":{"*":{"Service":"SECRET"}}}""")]
    [InlineData("GET", "discovery-chain/SECRET", null)]
    [InlineData("GET", "connect/intentions/match?by=destination&name=SECRET", null)]
    [InlineData("GET", "connect/intentions/match?by=source&name=Hidden&name=x", null)]
    [InlineData("GET", "connect/intentions/check?source=hidden&destination=SECRET", null)]
    [InlineData("POST", "agent/connect/authorize", """{"Target":"SECRET","ClientCertURI":"spiffe://x.consul/ns/default/dc/dc1/svc/hidden"}""")]
    [InlineData("GET", "coordinate/node/N2", null)]
    [InlineData("PUT", "coordinate/update", """{"Node":"N2","Coord":{"Vec":[1,0,0,0,0,0,0,0],"Error":1,"Adjustment":0,"Height":0.1}}""")]
    [InlineData("PUT", "session/create", """{"Node":"N2","NodeChecks":[]}""")]
    public async Task OtherSpelling_IsNoWayAroundADenial(string method, string path, string? body)
    {
        await using var agent = await StartAsync();
        var before = await agent.SeeAsync(Master, s_seen);
        agent.Token = Other;

        var answer = await agent.SendAsync(method, path, body);

        Assert.Equal((HttpStatusCode.Forbidden, "Permission denied"), (answer.Status, answer.Body));
        Assert.Equal(before, await agent.SeeAsync(Master, s_seen));
    }

    [Theory]
    [InlineData("GET", "config/service-defaults/OPEN", null)]
    [InlineData("DELETE", "config/service-defaults/OPEN", null)]
    [InlineData("PUT", "config", """{"Kind":"service-defaults","Name":"OPEN","Protocol":"grpc"}""")]
    [InlineData("GET", "discovery-chain/OPEN", null)]
    [InlineData("GET", "connect/intentions/match?by=destination&name=OPEN", null)]
    [InlineData("GET", "connect/intentions/match?by=destination&name=unknown", null)]
    [InlineData("GET", "connect/intentions/check?source=x&destination=OPEN", null)]
    [InlineData("GET", "coordinate/node/N1", null)]
    [InlineData("PUT", "session/create", """{"Node":"N1"}""")]
    public async Task OtherSpelling_OfWhatIsAllowed_IsAllowed(string method, string path, string? body)
    {
        await using var agent = await StartAsync();
        agent.Token = Other;
        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync(method, path, body)).Status);
    }

    private static async Task<AgentFixture> StartAsync()
    {
        var agent = await AgentFixture.StartAsync(
            acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master }, configure: static options => options.ConnectEnabled = true);
        agent.Token = Master;
        await agent.PutAsync("config", """{"Kind":"service-defaults","Name":"secret","Protocol":"http"}""");
        await agent.PutAsync("config", """{"Kind":"service-defaults","Name":"open","Protocol":"http"}""");
        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("POST", "connect/intentions", """{"SourceName":"hidden","DestinationName":"secret","Action":"allow"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("POST", "connect/intentions", """{"SourceName":"*","DestinationName":"open","Action":"allow"}""")).Status);
        await agent.PutAsync("catalog/register", """{"Node":"n2","Address":"10.0.0.2"}""");
        await agent.PutAsync("coordinate/update", """{"Node":"n2","Coord":{"Vec":[0,0,0,0,0,0,0,0],"Error":1,"Adjustment":0,"Height":0.1}}""");
        const string rules = """service_prefix \"\" { policy = \"write\" intentions = \"write\" } service \"secret\" { policy = \"deny\" } service \"hidden\" { policy = \"deny\" } node_prefix \"\" { policy = \"write\" } node \"n2\" { policy = \"deny\" } session_prefix \"\" { policy = \"write\" } session \"n2\" { policy = \"deny\" }""";
        await agent.PutAsync("acl/policy", $$"""{"Name":"other","Rules":"{{rules}}"}""");
        await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{Other}}","SecretID":"{{Other}}","Policies":[{"Name":"other"}]}""");
        return agent;
    }
}
