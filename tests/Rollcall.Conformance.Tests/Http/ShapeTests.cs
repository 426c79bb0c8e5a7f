using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Http;

/// <summary>
/// Whole JSON answers to one scenario, compared with those of Consul 1.8.7 in <c>Shapes/</c>: names and their order, null against []
/// against {}, and all values that do not belong to one agent.
/// </summary>
public class ShapeTests(Agents agents) : IClassFixture<Agents>
{
    private static readonly string[] s_registrations =
    [
        """{"Name":"bare"}""",
        """
        {"ID":"full-1","Name":"full","Tags":["b","a"],"Meta":{"k":"v","A":"b"},"Port":8080,"Address":"10.1.2.3",
         "Weights":{"Passing":5,"Warning":2},"TaggedAddresses":{"lan":{"Address":"10.1.2.3","Port":81}},"EnableTagOverride":true,
         "Check":{"Name":"alive","TTL":"1h","Status":"passing","Notes":"a note","DeregisterCriticalServiceAfter":"90m"}}
        """,
        """
        {"ID":"probed-1","Name":"probed","Port":1,"Checks":[
         {"HTTP":"http://127.0.0.1:1/","Method":"POST","Header":{"X-A":["1"]},"Body":"b","Interval":"1h","Timeout":"3s"},
         {"TCP":"127.0.0.1:1","Interval":"1h","Timeout":"2s","DeregisterCriticalServiceAfter":"2h"},
         {"GRPC":"127.0.0.1:1/x","Interval":"1h"}]}
        """,
    ];

    private static readonly Dictionary<string, string> s_paths = new()
    {
        ["agent-services"] = "/v1/agent/services",
        ["agent-service"] = "/v1/agent/service/full-1",
        ["agent-checks"] = "/v1/agent/checks",
        ["agent-health-name"] = "/v1/agent/health/service/name/full",
        ["agent-health-id"] = "/v1/agent/health/service/id/full-1",
        ["agent-health-id-unchecked"] = "/v1/agent/health/service/id/bare",
        ["health-service-full"] = "/v1/health/service/full",
        ["health-service-bare"] = "/v1/health/service/bare",
        ["health-service-probed"] = "/v1/health/service/probed",
        ["health-checks"] = "/v1/health/checks/full",
        ["health-node"] = "/v1/health/node/<node>",
        ["health-state"] = "/v1/health/state/passing",
        ["catalog-service-full"] = "/v1/catalog/service/full",
        ["catalog-service-bare"] = "/v1/catalog/service/bare",
        ["catalog-services"] = "/v1/catalog/services",
        ["catalog-nodes"] = "/v1/catalog/nodes",
        ["catalog-node"] = "/v1/catalog/node/<node>",
        ["catalog-external"] = "/v1/catalog/node/outside",
        ["health-external"] = "/v1/health/service/external",
        ["kv-recurse"] = "/v1/kv/shape/?recurse",
    };

    public static IEnumerable<string> Names => s_paths.Keys;

    [Theory]
    [OnEmbedded(nameof(Names))]
    [OnConsul(nameof(Names))]
    public async Task Answer_HasTheShapeOnRecord(AgentKind kind, string name)
    {
        var agent = await agents.GetAsync(kind);
        await PrepareAsync(agent);
        var node = (await agent.GetAsync("/v1/agent/self")).Json!["Config"]!["NodeName"]!.GetValue<string>();

        var answer = await agent.GetAsync(s_paths[name].Replace("<node>", node, StringComparison.Ordinal));

        var shape = JsonShape.Of(answer.Json, node);
        if (kind == AgentKind.Consul && Environment.GetEnvironmentVariable("ROLLCALL_RECORD_SHAPES") is not null)
        {
            await File.WriteAllTextAsync(ShapePath(name), shape + "\n");
        }

        Assert.Equal((await File.ReadAllTextAsync(ShapePath(name))).TrimEnd(), shape, ignoreLineEndingDifferences: true);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Members_SayWhatTheCommandLinePrints(AgentKind kind)
    {
        var member = (await (await agents.GetAsync(kind)).GetAsync("/v1/agent/members")).Json![0]!;

        Assert.Equal(
            ["Name", "Addr", "Port", "Tags", "Status", "ProtocolMin", "ProtocolMax", "ProtocolCur", "DelegateMin", "DelegateMax", "DelegateCur"],
            member.AsObject().Select(p => p.Key));
        var tags = member["Tags"]!.AsObject();
        Assert.All(["build", "dc", "id", "port", "role", "segment", "vsn"], name => Assert.NotNull(tags[name]));
        Assert.Equal("consul", tags["role"]!.GetValue<string>());
        Assert.Equal(1, member["Status"]!.GetValue<int>());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Self_SaysWhoItIs(AgentKind kind)
    {
        var self = (await (await agents.GetAsync(kind)).GetAsync("/v1/agent/self")).Json!;

        Assert.Equal(
            ["Datacenter", "NodeName", "NodeID", "Revision", "Server", "Version"], self["Config"]!.AsObject().Select(p => p.Key));
        Assert.Equal(self["Config"]!["NodeName"]!.GetValue<string>(), self["Member"]!["Name"]!.GetValue<string>());
        Assert.Equal("""{"Vec":[0,0,0,0,0,0,0,0],"Error":1.5,"Adjustment":0,"Height":0.00001}""", self["Coord"]!.ToJsonString());
        Assert.NotNull(self["Meta"]);
        Assert.NotNull(self["Stats"]);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task OwnService_IsRegisteredAsConsul(AgentKind kind)
    {
        var own = (await (await agents.GetAsync(kind)).GetAsync("/v1/health/service/consul?passing")).Json![0]!;

        Assert.Equal("consul", own["Service"]!["ID"]!.GetValue<string>());
        Assert.Equal("serfHealth", own["Checks"]![0]!["CheckID"]!.GetValue<string>());
    }

    private static async Task PrepareAsync(TestedAgent agent)
    {
        foreach (var registration in s_registrations)
        {
            _ = await agent.PutAsync("/v1/agent/service/register", registration);
        }

        _ = await agent.PutAsync(
            "/v1/catalog/register",
            """
            {"Node":"outside","Address":"10.9.9.9","NodeMeta":{"zone":"z"},"TaggedAddresses":{"lan":"10.9.9.9"},
             "Service":{"ID":"external-1","Service":"external","Port":99,"Tags":["t"]},
             "Check":{"CheckID":"external-check","Name":"external","Status":"passing","ServiceID":"external-1","Output":"seen"}}
            """);
        _ = await agent.PutAsync("/v1/kv/shape/a?flags=7", "one");
        _ = await agent.PutAsync("/v1/kv/shape/b", "");
        await Eventually.TrueAsync(async () =>
            (await agent.GetAsync("/v1/catalog/service/probed")).Json!.AsArray().Count == 1
            && (await agent.GetAsync("/v1/health/checks/full")).Json!.AsArray().Count == 1);
    }

    // The files lie with the sources, so that recording (ROLLCALL_RECORD_SHAPES=1, real Consul only) shows up as a change to review.
    private static string ShapePath(string name) =>
        RepositoryRoot.Combine("tests", "Rollcall.Conformance.Tests", "Shapes", name + ".json");
}
