using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Agent;

public class RegistrationTests(Agents agents) : IClassFixture<Agents>
{
    private const string Register = "/v1/agent/service/register";

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task LowerCaseAndSnakeCaseNames_AreAccepted(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        _ = await agent.PutAsync(
            Register,
            """
            {"name":"snake","id":"snake-1","port":7,"enable_tag_override":true,"tagged_addresses":{"lan":{"address":"10.0.0.1","port":9}},
             "check":{"ttl":"1h","status":"passing","deregister_critical_service_after":"2h"}}
            """);

        var service = (await agent.GetAsync("/v1/agent/service/snake-1")).Json!;
        Assert.Equal(7, service["Port"]!.GetValue<int>());
        Assert.True(service["EnableTagOverride"]!.GetValue<bool>());
        Assert.Equal("10.0.0.1", service["TaggedAddresses"]!["lan"]!["Address"]!.GetValue<string>());
        Assert.Equal("passing", await StatusAsync(agent, "service:snake-1"));
    }

    /// <summary>What shows which one counted: the words about what is wrong with it, or nothing.</summary>
    [RequiresConsulTheory]
    [InlineData("\"ServiceID\":\"\"", "\"service_id\":\"none\"", "ServiceID \"none\" does not exist", "")]
    [InlineData("\"ServiceID\":\"none\"", "\"service_id\":\"other\"", "ServiceID \"none\" does not exist", "")]
    [InlineData("\"DeregisterCriticalServiceAfter\":\"1m\"", "\"deregister_critical_service_after\":\"x\"", "", "")]
    [InlineData("\"DeregisterCriticalServiceAfter\":0", "\"deregister_critical_service_after\":\"x\"", "", "")]
    [InlineData("\"DeregisterCriticalServiceAfter\":\"\"", "\"deregister_critical_service_after\":\"1m\"", "invalid duration \"\"", "invalid duration \"\"")]
    [InlineData("\"DeregisterCriticalServiceAfter\":null", "\"deregister_critical_service_after\":\"x\"", "invalid duration \"x\"", "invalid duration \"x\"")]
    [InlineData("\"ScriptArgs\":[\"a\"]", "\"script_args\":[]", "Interval must be > 0", "Interval must be > 0")]
    [InlineData("\"ScriptArgs\":[]", "\"args\":[\"a\"]", "Interval must be > 0", "Interval must be > 0")]
    [InlineData("\"ScriptArgs\":null", "\"script_args\":[\"a\"]", "Interval must be > 0", "Interval must be > 0")]
    [InlineData("\"args\":[]", "\"script_args\":[\"a\"]", "Interval must be > 0", "Interval must be > 0")]
    [InlineData("\"TLSSkipVerify\":true", "\"tls_skip_verify\":false", "", "TTL must be > 0")]
    [InlineData("\"TLSSkipVerify\":false", "\"tls_skip_verify\":true", "", "TTL must be > 0")]
    public async Task FieldOfACheckInBothSpellings_DoesNotHangOnWhichComesFirst(string plain, string underscored, string ofCheck, string ofService)
    {
        foreach (var kind in (AgentKind[])[AgentKind.Embedded, AgentKind.Consul])
        {
            var agent = await agents.GetAsync(kind);
            foreach (var both in (string[])[$"{plain},{underscored}", $"{underscored},{plain}"])
            {
                await IsAsync("/v1/agent/check/register", $"{{\"ID\":\"both\",\"Name\":\"both\",\"TTL\":\"1h\",{both}}}", ofCheck);

                // Nothing but what is looked at: such a check is dropped where that is not set either.
                await IsAsync("/v1/agent/service/register", $"{{\"Name\":\"both\",\"Check\":{{{both}}}}}", both.Contains("Deregister", StringComparison.Ordinal) && ofService.Length == 0 ? null : ofService);
            }

            async Task IsAsync(string path, string body, string? fault)
            {
                var answer = await agent.SendAsync("PUT", path, body);
                Assert.True(fault is null || (fault.Length == 0 ? answer.Status == 200 : answer.Text.Contains(fault, StringComparison.Ordinal)), $"{kind}, {body}: {answer.Status} {answer.Text}");
                _ = await agent.SendAsync("PUT", "/v1/agent/check/deregister/both");
                _ = await agent.SendAsync("PUT", "/v1/agent/service/deregister/both");
            }
        }
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task FieldInBothSpellings_IsTheOneWithoutUnderscores_UnlessItIsEmpty(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        const string Proxy = """ "Kind":"connect-proxy","Proxy":{"DestinationServiceName":"web",? }""";
        const string Named = """ "Kind":"connect-proxy","Proxy":{?}""";
        const string Upstream = """ "Kind":"connect-proxy","Proxy":{"DestinationServiceName":"web","Upstreams":[{"DestinationName":"db","LocalBindPort":5,? }]}""";
        const string NamedUpstream = """ "Kind":"connect-proxy","Proxy":{"DestinationServiceName":"web","Upstreams":[{"LocalBindPort":5,? }]}""";
        const string BoundUpstream = """ "Kind":"connect-proxy","Proxy":{"DestinationServiceName":"web","Upstreams":[{"DestinationName":"db",? }]}""";
        const string Exposed = """ "Kind":"connect-proxy","Proxy":{"DestinationServiceName":"web","Expose":{"Paths":[{"Path":"/",? }]}}""";
        await IsAsync("?", "\"EnableTagOverride\":false", "\"enable_tag_override\":true", "\"EnableTagOverride\":true");
        await IsAsync("?", "\"TaggedAddresses\":{\"a\":{\"Port\":1}}", "\"tagged_addresses\":{\"b\":{\"Port\":2}}", "\"a\":{\"Address\":\"\",\"Port\":1}");
        await IsAsync("?", "\"TaggedAddresses\":{}", "\"tagged_addresses\":{\"b\":{\"Port\":2}}", "\"b\":{\"Address\":\"\",\"Port\":2}");
        await IsAsync(Named, "\"DestinationServiceName\":\"a\"", "\"destination_service_name\":\"b\"", "\"DestinationServiceName\":\"a\"");
        await IsAsync(Named, "\"DestinationServiceName\":\"\"", "\"destination_service_name\":\"b\"", "\"DestinationServiceName\":\"b\"");
        await IsAsync(Proxy, "\"DestinationServiceID\":\"\"", "\"destination_service_id\":\"b\"", "\"DestinationServiceID\":\"b\"");
        await IsAsync(Proxy, "\"LocalServiceAddress\":\"\"", "\"local_service_address\":\"b\"", "\"LocalServiceAddress\":\"b\"");
        await IsAsync(Proxy, "\"LocalServicePort\":0", "\"local_service_port\":2", "\"LocalServicePort\":2");
        await IsAsync(Proxy, "\"LocalServicePort\":1", "\"local_service_port\":2", "\"LocalServicePort\":1");
        await IsAsync(NamedUpstream, "\"DestinationName\":\"\"", "\"destination_name\":\"b\"", "\"DestinationName\":\"b\"");
        await IsAsync(Upstream, "\"DestinationType\":\"\"", "\"destination_type\":\"prepared_query\"", "\"DestinationType\":\"prepared_query\"");
        await IsAsync(Upstream, "\"LocalBindAddress\":\"\"", "\"local_bind_address\":\"10.0.0.9\"", "\"LocalBindAddress\":\"10.0.0.9\"");
        await IsAsync(BoundUpstream, "\"LocalBindPort\":0", "\"local_bind_port\":2", "\"LocalBindPort\":2");
        await IsAsync(Exposed, "\"ListenerPort\":0", "\"listener_port\":2", "\"ListenerPort\":2");
        await IsAsync(Exposed, "\"ListenerPort\":3,\"LocalPathPort\":1", "\"local_path_port\":2", "\"LocalPathPort\":1");
        await IsAsync("\"Connect\":{?}", "\"SidecarService\":{\"Port\":1}", "\"sidecar_service\":{\"Port\":2}", "\"Port\":1");
        await IsAsync("\"Connect\":{?}", "\"SidecarService\":null", "\"sidecar_service\":{\"Port\":2}", "\"Port\":2");

        async Task IsAsync(string body, string plain, string underscored, string expected)
        {
            foreach (var both in (string[])[$"{plain},{underscored}", $"{underscored},{plain}"])
            {
                _ = await agent.PutAsync(Register, $"{{\"Name\":\"both\",\"Port\":9,{body.Replace("?", both, StringComparison.Ordinal)}}}");
                var shown = (await agent.GetAsync($"/v1/agent/service/both{(both.Contains("Sidecar", StringComparison.Ordinal) ? "-sidecar-proxy" : "")}")).Json!;
                Assert.Contains(expected, shown.ToJsonString(), StringComparison.Ordinal);
                _ = await agent.PutAsync("/v1/agent/service/deregister/both");
            }
        }
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NoId_IsTheName(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync(Register, """{"Name":"named"}""");
        Assert.Equal("named", (await agent.GetAsync("/v1/agent/service/named")).Json!["ID"]!.GetValue<string>());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NewTtlCheck_IsCritical_UnlessAStatusIsGiven(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        _ = await agent.PutAsync(Register, """{"Name":"fresh","Check":{"TTL":"1h"}}""");
        _ = await agent.PutAsync(Register, """{"Name":"fresh-passing","Check":{"TTL":"1h","Status":"passing"}}""");

        Assert.Equal("critical", await StatusAsync(agent, "service:fresh"));
        Assert.Equal("passing", await StatusAsync(agent, "service:fresh-passing"));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task RegisteringAgain_KeepsTheStatusOfTheCheck(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync(Register, """{"Name":"keeps","Check":{"TTL":"1h"}}""");
        _ = await agent.PutAsync("/v1/agent/check/pass/service:keeps?note=well");

        _ = await agent.PutAsync(Register, """{"Name":"keeps","Port":81,"Check":{"TTL":"1h"}}""");

        Assert.Equal("passing", await StatusAsync(agent, "service:keeps"));
        Assert.Equal(81, (await agent.GetAsync("/v1/agent/service/keeps")).Json!["Port"]!.GetValue<int>());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task RegisteringWithoutTheCheck_KeepsIt_UnlessChecksAreReplaced(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync(Register, """{"Name":"drops","Check":{"TTL":"1h"}}""");

        _ = await agent.PutAsync(Register, """{"Name":"drops"}""");
        Assert.NotNull(await CheckAsync(agent, "service:drops"));

        _ = await agent.PutAsync(Register + "?replace-existing-checks=true", """{"Name":"drops"}""");
        Assert.Null(await CheckAsync(agent, "service:drops"));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task SeveralChecks_AreNumbered_AndTheWorstCounts(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync(
            Register, """{"Name":"many","Checks":[{"TTL":"1h","Status":"passing"},{"TTL":"1h","Status":"warning"},{"CheckID":"own","TTL":"1h","Status":"passing"}]}""");

        Assert.Equal("passing", await StatusAsync(agent, "service:many:1"));
        Assert.Equal("warning", await StatusAsync(agent, "service:many:2"));
        Assert.Equal("passing", await StatusAsync(agent, "own"));
        Assert.Equal(429, (await agent.GetAsync("/v1/agent/health/service/id/many")).Status);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Deregistering_TakesTheChecksAlong(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("leaves", "leaves-1", """ "Check":{"TTL":"1h"} """);
        _ = await agent.PutAsync("/v1/agent/check/register", """{"Name":"extra","ID":"leaves-extra","TTL":"1h","ServiceID":"leaves-1"}""");

        _ = await agent.PutAsync("/v1/agent/service/deregister/leaves-1");

        Assert.Null(await CheckAsync(agent, "service:leaves-1"));
        Assert.Null(await CheckAsync(agent, "leaves-extra"));
        await Eventually.TrueAsync(async () => (await agent.GetAsync("/v1/health/checks/leaves")).Json!.AsArray().Count == 0);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task TagFilter_KeepsInstancesThatHaveEveryTag(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("tagged", "tagged-1", """ "Tags":["v1","blue"] """);
        await agent.RegisterAsync("tagged", "tagged-2", """ "Tags":["v1"] """);

        Assert.Equal(["tagged-1", "tagged-2"], await IdsAsync(agent, "tagged?tag=v1"));
        Assert.Equal(["tagged-1"], await IdsAsync(agent, "tagged?tag=v1&tag=blue"));
        Assert.Empty(await IdsAsync(agent, "tagged?tag=green"));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ServiceMaintenance_IsACriticalCheckWithTheReason_AndGoesAgain(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("paused", "paused-1");

        _ = await agent.PutAsync("/v1/agent/service/maintenance/paused-1?enable=true&reason=because");
        await Eventually.TrueAsync(async () => (await IdsAsync(agent, "paused?passing")).Count == 0);
        Assert.Equal("because", (await CheckAsync(agent, "_service_maintenance:paused-1"))!["Notes"]!.GetValue<string>());

        _ = await agent.PutAsync("/v1/agent/service/maintenance/paused-1?enable=false");
        await Eventually.TrueAsync(async () => (await IdsAsync(agent, "paused?passing")).Count == 1);
        Assert.Null(await CheckAsync(agent, "_service_maintenance:paused-1"));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ExternalNode_RegistersAndGoesThroughTheCatalog(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        _ = await agent.PutAsync(
            "/v1/catalog/register",
            """
            {"Node":"far","Address":"10.9.9.9","Service":{"ID":"far-1","Service":"remote","Port":99},
             "Check":{"CheckID":"far-check","Name":"far","Status":"passing","ServiceID":"far-1"}}
            """);
        var entry = Assert.Single((await agent.GetAsync("/v1/health/service/remote?passing")).Json!.AsArray())!;
        Assert.Equal("10.9.9.9", entry["Node"]!["Address"]!.GetValue<string>());
        Assert.Equal("far-check", Assert.Single(entry["Checks"]!.AsArray())!["CheckID"]!.GetValue<string>());

        _ = await agent.PutAsync("/v1/catalog/deregister", """{"Node":"far","ServiceID":"far-1"}""");
        Assert.Empty((await agent.GetAsync("/v1/catalog/service/remote")).Json!.AsArray());
        Assert.NotNull((await agent.GetAsync("/v1/catalog/node/far")).Json);

        _ = await agent.PutAsync("/v1/catalog/deregister", """{"Node":"far"}""");
        Assert.Null((await agent.GetAsync("/v1/catalog/node/far")).Json);
    }

    private static async Task<JsonNode?> CheckAsync(TestedAgent agent, string id) => (await agent.GetAsync("/v1/agent/checks")).Json![id];

    private static async Task<string?> StatusAsync(TestedAgent agent, string id) => (await CheckAsync(agent, id))?["Status"]!.GetValue<string>();

    private static async Task<List<string>> IdsAsync(TestedAgent agent, string path) =>
        [.. (await agent.GetAsync("/v1/health/service/" + path)).Json!.AsArray().Select(e => e!["Service"]!["ID"]!.GetValue<string>()).Order()];
}
