using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Agent;

/// <summary>Proxies that are registered with the service that they stand before.</summary>
public class SidecarTests(Agents agents) : IClassFixture<Agents>
{
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Sidecar_IsCheckedLikeConsulDoes(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("side", "side1", """ "Port":80,"Address":"10.0.0.1","Check":{"TTL":"1h","Status":"passing"},"Connect":{"SidecarService":{}} """);

        await Eventually.TrueAsync(async () => await CheckAsync("service:side1-sidecar-proxy:1") is { } tcp && await CheckAsync("service:side1-sidecar-proxy:2") is { } alias
            && Text(tcp, "Output").EndsWith("connect: connection refused", StringComparison.Ordinal) && Text(alias, "Status") == "passing");

        var listening = await CheckAsync("service:side1-sidecar-proxy:1");
        var port = (await agent.GetAsync("/v1/agent/service/side1-sidecar-proxy")).Json!["Port"]!.GetValue<int>();
        Assert.InRange(port, 21000, 21255);
        Assert.Equal(
            ("Connect Sidecar Listening", "critical", $"dial tcp 127.0.0.1:{port}: connect: connection refused", "tcp", "side-sidecar-proxy"),
            (Text(listening, "Name"), Text(listening, "Status"), Text(listening, "Output"), Text(listening, "Type"), Text(listening, "ServiceName")));
        var aliasing = await CheckAsync("service:side1-sidecar-proxy:2");
        Assert.Equal(("Connect Sidecar Aliasing side1", "alias"), (Text(aliasing, "Name"), Text(aliasing, "Type")));

        _ = await agent.PutAsync("/v1/agent/service/deregister/side1");
        Assert.Null(await CheckAsync("service:side1-sidecar-proxy:1"));
        await Eventually.TrueAsync(async () => (await agent.GetAsync("/v1/catalog/service/side-sidecar-proxy")).Json!.AsArray().Count == 0);

        async Task<JsonNode?> CheckAsync(string id) => (await agent.GetAsync("/v1/agent/checks")).Json![id];

        static string Text(JsonNode? check, string field) => check![field]!.GetValue<string>();
    }
}
