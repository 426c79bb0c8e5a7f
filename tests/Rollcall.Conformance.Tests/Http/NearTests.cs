using System.Globalization;
using System.Text.Json;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Http;

public class NearTests(Agents agents) : IClassFixture<Agents>
{
    private const string ByName = "n1 n2 n3 n3 n4 n5 n6";
    private const string ByN3 = "n3 n3 n4 n2 n1 n5 n6";
    private const string ByOwn = "n2 n4 n3 n3 n1 n5 n6";

    // Of n5 and n6 nobody knows the place; the agent itself is where the coordinates begin.
    private static readonly (string Node, double Seconds)[] s_places = [("n1", 0.05), ("n2", 0.01), ("n3", 0.03), ("n4", 0.02)];

    private static readonly Dictionary<string, string> s_orders = new(StringComparer.Ordinal)
    {
        ["catalog/service/svc"] = ByName,
        ["catalog/service/svc?near="] = ByName,
        ["catalog/service/svc?near=n3"] = ByN3,
        ["catalog/service/svc?near=N3"] = ByN3,
        ["catalog/service/svc?near=n1"] = "n1 n3 n3 n4 n2 n5 n6",
        ["catalog/service/svc?near=n5"] = ByName,
        ["catalog/service/svc?near=nobody"] = ByName,
        ["catalog/service/svc?near=_agent"] = ByOwn,
        ["catalog/service/svc?near=node1"] = ByOwn,
        ["health/service/svc?near=n3"] = ByN3,
        ["health/service/svc?near=n3&passing"] = ByN3,
        ["health/service/svc?near=_agent"] = ByOwn,
        ["health/service/svc?near=nobody"] = ByName,
        ["health/service/svc"] = ByName,
        ["health/checks/svc?near=n3"] = "n3 n4 n2 n1 n5 n6",
        ["health/checks/svc"] = "n1 n2 n3 n4 n5 n6",
        ["health/state/passing?near=n3"] = "n3 n4 n2 n1 node1 n5 n6",
        ["health/state/any?near=_agent"] = "node1 n2 n4 n3 n1 n5 n6",
        ["catalog/nodes?near=n2"] = "n2 n4 node1 n3 n1 n5 n6",
        ["catalog/nodes?near=n5"] = "n1 n2 n3 n4 n5 n6 node1",
    };

    public static IEnumerable<string> Paths => s_orders.Keys;

    [Theory]
    [OnEmbedded(nameof(Paths))]
    [OnConsul(nameof(Paths))]
    public async Task Lists_AreSortedByDistance(AgentKind kind, string path)
    {
        var agent = await ReadyAsync(kind);

        using var answer = JsonDocument.Parse((await agent.GetAsync($"/v1/{path}")).Text);

        Assert.Equal(s_orders[path], string.Join(' ', answer.RootElement.EnumerateArray().Select(NodeOf)));
    }

    private static string NodeOf(JsonElement entry) =>
        entry.GetProperty("Node") is { ValueKind: JsonValueKind.Object } node ? node.GetProperty("Node").GetString()! : entry.GetProperty("Node").GetString()!;

    private async Task<TestedAgent> ReadyAsync(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        foreach (var node in new[] { 1, 2, 3, 4, 5, 6 })
        {
            var service = $$"""{"Service":"svc","Port":{{node}} }""";
            await agent.PutAsync(
                "/v1/catalog/register",
                $$"""{"Node":"n{{node}}","Address":"10.9.0.1","Service":{{service}},"Check":{"CheckID":"c","Name":"c","Status":"passing","ServiceID":"svc"} }""");
        }

        await agent.PutAsync("/v1/catalog/register", """{"Node":"n3","Address":"10.9.0.1","Service":{"ID":"svc-b","Service":"svc","Port":33}}""");

        // Consul knows its own place only some twenty seconds after its start.
        foreach (var (node, seconds) in kind == AgentKind.Consul ? [.. s_places, ("node1", 0)] : s_places)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"[{seconds},0,0,0,0,0,0,0]");
            await agent.PutAsync(
                "/v1/coordinate/update", $$"""{"Node":"{{node}}","Segment":"","Coord":{"Vec":{{place}},"Error":0.1,"Adjustment":0,"Height":0.00001} }""");
        }

        // Consul takes updates in batches.
        await Eventually.TrueAsync(async () => (await agent.GetAsync("/v1/coordinate/nodes")).Text.Split("\"Vec\"").Length > s_places.Length + 1, TimeSpan.FromSeconds(30));
        return agent;
    }
}
