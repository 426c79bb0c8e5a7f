using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Http;

public class SessionTests(Agents agents) : IClassFixture<Agents>
{
    /// <summary>What a session is asked to be, and what of it becomes: node, behavior, TTL and lock delay in seconds.</summary>
    private static readonly Dictionary<string, (string Node, string Behavior, string Ttl, double LockDelay)> s_bodies = new(StringComparer.Ordinal)
    {
        ["{}"] = ("node1", "release", "", 15),
        ["null"] = ("node1", "release", "", 15),
        ["""{"Node":null,"Name":null,"Behavior":null,"TTL":null,"LockDelay":null,"ID":null}"""] = ("node1", "release", "", 15),
        ["""{"Behavior":"delete","Behavior":null,"TTL":"30s","TTL":null,"Node":"node1","Node":null}"""] = ("node1", "delete", "30s", 15),
        ["""{"LockDelay":"0s"}"""] = ("node1", "release", "", 0),
        ["""{"LockDelay":5}"""] = ("node1", "release", "", 5),
        ["""{"LockDelay":5.7}"""] = ("node1", "release", "", 5),
        ["""{"LockDelay":2000000000}"""] = ("node1", "release", "", 2),
        ["""{"LockDelay":"500ns"}"""] = ("node1", "release", "", 500),
        ["""{"LockDelay":true}"""] = ("node1", "release", "", 0),
        ["""{"NodeChecks":null,"Checks":["serfHealth","nosuch"]}"""] = ("node1", "release", "", 15),
    };

    public static IEnumerable<string> Bodies => s_bodies.Keys;

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Session_LivesOn_WhenItsCheckIsRegisteredForAnotherService(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/catalog/register", """{"Node":"moves","Address":"10.0.0.1","Service":{"ID":"web","Service":"web"},"Check":{"CheckID":"n","Name":"n","Status":"passing"}}""");
        _ = await agent.PutAsync("/v1/agent/service/register", """{"Name":"moved-to"}""");
        await RegisterOwnAsync("");
        var theirs = await CreateAsync("""{"Node":"moves","NodeChecks":["n"]}""");
        var own = await CreateAsync("""{"NodeChecks":["moved"]}""");

        foreach (var service in (string[])["web", "WEB", ""])
        {
            _ = await agent.PutAsync("/v1/catalog/register", $$"""{"Node":"moves","Address":"10.0.0.1","Check":{"CheckID":"n","Name":"n","ServiceID":"{{service}}","Status":"passing"} }""");
            Assert.Single((await agent.GetAsync($"/v1/session/info/{theirs}")).Json!.AsArray());
        }

        await RegisterOwnAsync("moved-to");
        Assert.Single((await agent.GetAsync($"/v1/session/info/{own}")).Json!.AsArray());

        async Task<string> CreateAsync(string body) => (string)(await agent.PutAsync("/v1/session/create", body)).Json!["ID"]!;

        async Task RegisterOwnAsync(string service)
        {
            _ = await agent.PutAsync("/v1/agent/check/register", $$"""{"ID":"moved","Name":"moved","TTL":"60m","Status":"passing","ServiceID":"{{service}}"}""");

            // Consul's agent tells its servers a moment later.
            await Eventually.TrueAsync(async () => (await agent.GetAsync($"/v1/health/node/node1?filter=CheckID==moved")).Json!.AsArray() is [{ } check] && (string?)check["ServiceID"] == service);
        }
    }

    [Theory]
    [OnEmbedded(nameof(Bodies))]
    [OnConsul(nameof(Bodies))]
    public async Task Session_IsAsAskedFor_AndNullLeavesWhatIsUsual(AgentKind kind, string body)
    {
        var agent = await agents.GetAsync(kind);

        var id = (string)(await agent.PutAsync("/v1/session/create", body)).Json!["ID"]!;

        var session = (await agent.GetAsync($"/v1/session/info/{id}")).Json![0]!;
        Assert.Equal(s_bodies[body], ((string)session["Node"]!, (string)session["Behavior"]!, (string)session["TTL"]!, (double)session["LockDelay"]! / 1e9));
    }
}
