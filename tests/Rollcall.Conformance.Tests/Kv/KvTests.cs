using System.Globalization;

namespace Rollcall.Conformance.Tests.Kv;

public class KvTests(Agents agents) : IClassFixture<Agents>
{
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Value_ComesBackWithFlagsAndIndexes(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        _ = await agent.PutAsync("/v1/kv/all/a?flags=18446744073709551615", "hello");

        var pair = (await agent.GetAsync("/v1/kv/all/a")).Json![0]!;
        Assert.Equal(["LockIndex", "Key", "Flags", "Value", "CreateIndex", "ModifyIndex"], pair.AsObject().Select(p => p.Key));
        Assert.Equal(ulong.MaxValue, pair["Flags"]!.GetValue<ulong>());
        Assert.Equal("aGVsbG8=", pair["Value"]!.GetValue<string>());
        Assert.Equal(pair["CreateIndex"]!.GetValue<ulong>(), pair["ModifyIndex"]!.GetValue<ulong>());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task EmptyValue_IsNull(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/all/empty", "");

        Assert.Contains("\"Value\": null", (await agent.GetAsync("/v1/kv/all/empty?pretty")).Text, StringComparison.Ordinal);
        Assert.Equal("", (await agent.GetAsync("/v1/kv/all/empty?raw")).Text);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Overwriting_MovesModifyIndexOnly(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/all/moves", "1");
        var first = (await agent.GetAsync("/v1/kv/all/moves")).Json![0]!;
        _ = await agent.PutAsync("/v1/kv/all/moves", "2");
        var second = (await agent.GetAsync("/v1/kv/all/moves")).Json![0]!;

        Assert.Equal(first["CreateIndex"]!.GetValue<ulong>(), second["CreateIndex"]!.GetValue<ulong>());
        Assert.True(second["ModifyIndex"]!.GetValue<ulong>() > first["ModifyIndex"]!.GetValue<ulong>());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task CheckAndSet_TakesTheCurrentIndex_OrZeroForANewKey(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        Assert.Equal("true", await PutAsync(agent, "all/cas?cas=0", "1"));
        Assert.Equal("false", await PutAsync(agent, "all/cas?cas=0", "2"));
        var index = (await agent.GetAsync("/v1/kv/all/cas")).Json![0]!["ModifyIndex"]!.GetValue<ulong>();
        Assert.Equal("true", await PutAsync(agent, string.Create(CultureInfo.InvariantCulture, $"all/cas?cas={index}"), "3"));
        Assert.Equal("false", await PutAsync(agent, string.Create(CultureInfo.InvariantCulture, $"all/cas?cas={index}"), "4"));
        Assert.Equal("3", (await agent.GetAsync("/v1/kv/all/cas?raw")).Text);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task CheckAndDelete_TakesTheCurrentIndex(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/all/cad", "1");
        var index = (await agent.GetAsync("/v1/kv/all/cad")).Json![0]!["ModifyIndex"]!.GetValue<ulong>();

        Assert.Equal("false", (await agent.SendAsync("DELETE", "/v1/kv/all/cad?cas=1")).Text.Trim());
        Assert.Equal("true", (await agent.SendAsync("DELETE", $"/v1/kv/all/cad?cas={index}")).Text.Trim());
        Assert.Equal(404, (await agent.GetAsync("/v1/kv/all/cad")).Status);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task KeysAndRecurse_AreSortedByBytes_AndCutAtTheSeparator(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        foreach (var key in new[] { "b", "a/x/1", "a/x/2", "a/y", "B", "a" })
        {
            _ = await agent.PutAsync("/v1/kv/sorted/" + key, key);
        }

        Assert.Equal(
            ["sorted/B", "sorted/a", "sorted/a/x/1", "sorted/a/x/2", "sorted/a/y", "sorted/b"], await KeysAsync(agent, "sorted/?keys"));
        Assert.Equal(["sorted/B", "sorted/a", "sorted/a/", "sorted/b"], await KeysAsync(agent, "sorted/?keys&separator=/"));
        Assert.Equal(["sorted/a/x/", "sorted/a/y"], await KeysAsync(agent, "sorted/a/?keys&separator=/"));
        // A prefix is text, not a directory.
        Assert.Equal(["sorted/a", "sorted/a/x/1", "sorted/a/x/2", "sorted/a/y"], await KeysAsync(agent, "sorted/a?keys"));
        Assert.Equal(
            ["sorted/a/x/1", "sorted/a/x/2"],
            (await agent.GetAsync("/v1/kv/sorted/a/x?recurse")).Json!.AsArray().Select(p => p!["Key"]!.GetValue<string>()));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task DeletingATree_LeavesTheNeighbours(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        foreach (var key in new[] { "x/1", "x/2/3", "xy" })
        {
            _ = await agent.PutAsync("/v1/kv/trees/" + key, "1");
        }

        Assert.Equal("true", (await agent.SendAsync("DELETE", "/v1/kv/trees/x/?recurse")).Text.Trim());

        Assert.Equal(["trees/xy"], await KeysAsync(agent, "trees/?keys"));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task EscapedKey_IsTheKeyItself(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        _ = await agent.PutAsync("/v1/kv/odd/%C3%BC%20%3F%25%23+.", "1");

        Assert.Equal(["odd/ü ?%#+."], await KeysAsync(agent, "odd/?keys"));
        Assert.Equal("1", (await agent.GetAsync("/v1/kv/odd/%C3%BC%20%3F%25%23+.?raw")).Text);
    }

    private static async Task<string> PutAsync(TestedAgent agent, string path, string value) =>
        (await agent.PutAsync("/v1/kv/" + path, value)).Text.Trim();

    private static async Task<List<string>> KeysAsync(TestedAgent agent, string path) =>
        [.. (await agent.GetAsync("/v1/kv/" + path)).Json!.AsArray().Select(k => k!.GetValue<string>())];
}
