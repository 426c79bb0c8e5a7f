using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Http;

public class EventTests(Agents agents) : IClassFixture<Agents>
{
    /// <summary>A filter, and whether it is for an agent whose service <c>apiname</c> has the id <c>apiid</c> and the tag <c>v1</c>.</summary>
    private static readonly Dictionary<string, bool> s_filters = new(StringComparer.Ordinal)
    {
        ["service=apiid"] = true,
        ["service=^apiid$"] = true,
        ["service=apiname"] = false,
        ["service=APIID"] = false,
        ["service=apiid&tag=v1"] = true,
        ["service=apiid&tag=v2"] = false,
        ["service=apiname&tag=v1"] = false,
        ["node=node1&service=apiid"] = true,
        ["node=node2&service=apiid"] = false,
    };

    public static IEnumerable<string> Filters => s_filters.Keys;

    [Theory]
    [OnEmbedded(nameof(Filters))]
    [OnConsul(nameof(Filters))]
    public async Task ServiceOfAFilter_IsAnId(AgentKind kind, string filter)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("apiname", "apiid", """ "Tags":["v1"] """);
        var name = $"e{s_filters.Keys.ToList().IndexOf(filter)}";

        _ = await agent.PutAsync($"/v1/event/fire/{name}?{filter}");

        // One comes after the other.
        _ = await agent.PutAsync($"/v1/event/fire/{name}-done");
        await Eventually.TrueAsync(async () => (await agent.GetAsync($"/v1/event/list?name={name}-done")).Json!.AsArray().Count == 1);
        Assert.Equal(s_filters[filter] ? 1 : 0, (await agent.GetAsync($"/v1/event/list?name={name}")).Json!.AsArray().Count);
    }
}
