using System.Diagnostics;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Http;

public class BlockingQueryTests(Agents agents) : IClassFixture<Agents>
{
    // Long enough that "still waiting" means something, short enough that the tests that sit it out stay quick.
    // Timers and stopwatches run on different clocks, which differ by a millisecond now and then.
    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(800 - 20);

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task IndexBelowTheCurrentOne_ReturnsAtOnce(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("below", "below-1");

        var (answer, took) = await TimedAsync(agent, "/v1/health/service/below?index=1&wait=60s");

        Assert.Single(answer.Json!.AsArray());
        Assert.True(took < TimeSpan.FromSeconds(10), $"took {took}");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NothingHappens_BlocksForTheWaitAndReturnsTheSameIndex(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("quiet", "quiet-1");
        var index = (await agent.GetAsync("/v1/health/service/quiet")).Index;

        var (answer, took) = await TimedAsync(agent, $"/v1/health/service/quiet?index={index}&wait=800ms");

        Assert.Equal(index, answer.Index);
        Assert.True(took >= s_wait, $"took {took}");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task IndexAheadOfTheServer_BlocksAndReturnsTheRealLowerOne(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("ahead", "ahead-1");
        var index = (await agent.GetAsync("/v1/health/service/ahead")).Index;

        var (answer, took) = await TimedAsync(agent, $"/v1/health/service/ahead?index={index + 1_000_000}&wait=800ms");

        Assert.Equal(index, answer.Index);
        Assert.True(took >= s_wait, $"took {took}");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NewInstance_WakesTheWatcherOfItsService(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("wakes", "wakes-1");
        var index = (await agent.GetAsync("/v1/health/service/wakes")).Index;

        var watch = agent.GetAsync($"/v1/health/service/wakes?index={index}&wait=60s");
        await agent.RegisterAsync("wakes", "wakes-2");
        var answer = await watch.WithinAsync();

        Assert.Equal(2, answer.Json!.AsArray().Count);
        Assert.True(answer.Index > index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task LastInstanceGone_WakesWithAnEmptyList(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("goes", "goes-1");
        var index = (await agent.GetAsync("/v1/health/service/goes")).Index;

        var watch = agent.GetAsync($"/v1/health/service/goes?index={index}&wait=60s");
        _ = await agent.PutAsync("/v1/agent/service/deregister/goes-1");
        var answer = await watch.WithinAsync();

        Assert.Empty(answer.Json!.AsArray());
        Assert.True(answer.Index > index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task CheckStatusChange_WakesAndChangesThePassingList(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("turns", "turns-1", """ "Check":{"TTL":"1h"} """);
        var before = await agent.GetAsync("/v1/health/service/turns?passing");

        var watch = agent.GetAsync($"/v1/health/service/turns?passing&index={before.Index}&wait=60s");
        _ = await agent.PutAsync("/v1/agent/check/pass/service:turns-1");
        var answer = await watch.WithinAsync();

        Assert.Empty(before.Json!.AsArray());
        Assert.Single(answer.Json!.AsArray());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task MetadataOfANode_WakesWhoSelectsByThem(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        foreach (var (path, before, after) in new[]
        {
            ("/v1/catalog/services?node-meta=zone:m2", "{}", "{\"meta\":[]}"),
            ("/v1/health/checks/meta?node-meta=zone:m2", "[]", "meta-check"),
        })
        {
            _ = await agent.PutAsync(
                "/v1/catalog/register",
                """{"Node":"meta","Address":"10.0.0.1","NodeMeta":{"zone":"m1"},"Service":{"Service":"meta"},"Check":{"CheckID":"meta-check","Name":"c","ServiceID":"meta"}}""");
            var first = await agent.GetAsync(path);
            Assert.Equal(before, Compact(first));

            var watch = agent.GetAsync($"{path}&index={first.Index}&wait=60s");
            _ = await agent.PutAsync("/v1/catalog/register", """{"Node":"meta","Address":"10.0.0.1","NodeMeta":{"zone":"m2"}}""");

            Assert.Contains(after, Compact(await watch.WithinAsync()), StringComparison.Ordinal);
        }

        static string Compact(Answer answer) => answer.Json!.ToJsonString();
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task OtherServicesAndKeys_MoveNeitherIndexNorWatcher(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("calm", "calm-1");
        var index = (await agent.GetAsync("/v1/health/service/calm")).Index;

        var watch = TimedAsync(agent, $"/v1/health/service/calm?index={index}&wait=800ms");
        await agent.RegisterAsync("noisy", "noisy-1");
        _ = await agent.PutAsync("/v1/kv/blocking/noise", "1");
        var (answer, took) = await watch;

        Assert.Equal(index, answer.Index);
        Assert.True(took >= s_wait, $"took {took}");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task SameRegistrationAgain_MovesNothing(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        const string Rest = """ "Port":80,"Tags":["a"],"Check":{"TTL":"1h","Status":"passing"} """;
        await agent.RegisterAsync("again", "again-1", Rest);
        var before = await agent.GetAsync("/v1/health/service/again");

        await agent.RegisterAsync("again", "again-1", Rest);
        _ = await agent.PutAsync("/v1/agent/check/pass/service:again-1?note=only+the+output+changes");
        // A later change goes through the same queue: when it shows, the earlier one would have.
        await agent.RegisterAsync("again-after", "again-after-1");

        var after = await agent.GetAsync("/v1/health/service/again");
        Assert.Equal(before.Index, after.Index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task UnknownService_WakesWhenItAppears(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var before = await agent.GetAsync("/v1/health/service/awaited");

        var watch = agent.GetAsync($"/v1/health/service/awaited?index={before.Index}&wait=60s");
        await agent.RegisterAsync("awaited", "awaited-1");

        Assert.Empty(before.Json!.AsArray());
        // An unknown service's watcher may also be woken by others: what counts is that asking again finds it.
        var answer = await watch.WithinAsync();
        answer = answer.Json!.AsArray().Count == 1 ? answer : await agent.GetAsync("/v1/health/service/awaited");
        Assert.Single(answer.Json!.AsArray());
        Assert.True(answer.Index > before.Index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task UnknownService_IndexMovesWhenSomeServiceDisappears(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("vanishes", "vanishes-1");
        var before = await agent.GetAsync("/v1/health/service/never-there");

        _ = await agent.PutAsync("/v1/agent/service/deregister/vanishes-1");

        await Eventually.TrueAsync(async () => (await agent.GetAsync("/v1/health/service/never-there")).Index > before.Index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NewService_WakesTheListOfServices(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var index = (await agent.GetAsync("/v1/catalog/services")).Index;

        var watch = agent.GetAsync($"/v1/catalog/services?index={index}&wait=60s");
        await agent.RegisterAsync("listed", "listed-1");

        Assert.True((await watch.WithinAsync()).Index > index);
        Assert.NotNull((await agent.GetAsync("/v1/catalog/services")).Json!["listed"]);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ExistingKey_HasItsOwnIndex_AndWakesOnlyOnItsOwnChange(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/blocking/key", "1");
        var before = await agent.GetAsync("/v1/kv/blocking/key");
        Assert.Equal(before.Json![0]!["ModifyIndex"]!.GetValue<ulong>(), before.Index);

        var watch = agent.GetAsync($"/v1/kv/blocking/key?index={before.Index}&wait=60s");
        _ = await agent.PutAsync("/v1/kv/blocking/other", "1");
        Assert.Equal(before.Index, (await agent.GetAsync("/v1/kv/blocking/key")).Index);
        Assert.False(watch.IsCompleted);
        _ = await agent.PutAsync("/v1/kv/blocking/key", "2");

        var answer = await watch.WithinAsync();
        Assert.Equal("Mg==", answer.Json![0]!["Value"]!.GetValue<string>());
        Assert.True(answer.Index > before.Index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task SameValueAgain_MovesNothing(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/blocking/same?flags=3", "1");
        var index = (await agent.GetAsync("/v1/kv/blocking/same")).Index;

        _ = await agent.PutAsync("/v1/kv/blocking/same?flags=3", "1");

        Assert.Equal(index, (await agent.GetAsync("/v1/kv/blocking/same")).Index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task MissingKey_HasTheLatestKvIndex_AndWakesWhenItIsWritten(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/blocking/latest", Guid.NewGuid().ToString());
        var latest = (await agent.GetAsync("/v1/kv/blocking/latest")).Index;
        var before = await agent.GetAsync("/v1/kv/blocking/absent");
        Assert.Equal(404, before.Status);
        Assert.True(before.Index >= latest);

        var watch = agent.GetAsync($"/v1/kv/blocking/absent?index={before.Index}&wait=60s");
        _ = await agent.PutAsync("/v1/kv/blocking/absent", "1");

        Assert.Equal(200, (await watch.WithinAsync()).Status);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task DeletedKey_WakesWithNotFoundAndAHigherIndex(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/blocking/dies", "1");
        var index = (await agent.GetAsync("/v1/kv/blocking/dies")).Index;

        var watch = agent.GetAsync($"/v1/kv/blocking/dies?index={index}&wait=60s");
        _ = await agent.SendAsync("DELETE", "/v1/kv/blocking/dies");
        var answer = await watch.WithinAsync();

        Assert.Equal(404, answer.Status);
        Assert.True(answer.Index > index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Prefix_WakesOnAnyChangeBelowIt_AndOnADeletion(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/blocking/tree/a", "1");
        var first = await agent.GetAsync("/v1/kv/blocking/tree/?recurse");

        var watch = agent.GetAsync($"/v1/kv/blocking/tree/?recurse&index={first.Index}&wait=60s");
        _ = await agent.PutAsync("/v1/kv/blocking/tree/b/c", "2");
        var second = await watch.WithinAsync();
        Assert.Equal(2, second.Json!.AsArray().Count);

        watch = agent.GetAsync($"/v1/kv/blocking/tree/?recurse&index={second.Index}&wait=60s");
        _ = await agent.SendAsync("DELETE", "/v1/kv/blocking/tree/b/c");
        var third = await watch.WithinAsync();
        Assert.Single(third.Json!.AsArray());
        Assert.True(third.Index > second.Index);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NewInstance_WakesWhatPagesShow(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        foreach (var (service, what) in new[] { ("shown-1", "services"), ("shown-2", "nodes"), ("shown-3", "node/node1") })
        {
            var index = (await agent.GetAsync($"/v1/internal/ui/{what}")).Index;

            var watch = agent.GetAsync($"/v1/internal/ui/{what}?index={index}&wait=60s");
            await agent.RegisterAsync(service, service);
            var answer = await watch.WithinAsync();

            Assert.True(answer.Index > index, what);
            Assert.Contains(service, (await agent.GetAsync($"/v1/internal/ui/{what}")).Text, StringComparison.Ordinal);
        }
    }

    /// <summary>A check bears the name that its service had when it was written last.</summary>
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ServiceIsRenamed_ItsChecksFollowWhenTheyAreWrittenAgain_AndWakeWhoWaitsForEitherName(AgentKind kind)
    {
        const string check = """{"Node":"renames","Address":"10.0.0.1","Check":{"CheckID":"c","Name":"c","ServiceID":"r","Status":"passing"}}""";
        var agent = await agents.GetAsync(kind);
        await RenameAsync("was");
        _ = await agent.PutAsync("/v1/catalog/register", check);
        await RenameAsync("is");
        var (was, isNow) = (await ChecksAsync("was"), await ChecksAsync("is"));
        Assert.Equal((1, 0), (was.Json!.AsArray().Count, isNow.Json!.AsArray().Count));
        Assert.Equal("was", (string)(await agent.GetAsync("/v1/health/service/is")).Json![0]!["Checks"]![0]!["ServiceName"]!);

        var watches = new[] { ChecksAsync("was", was.Index), ChecksAsync("is", isNow.Index) };
        _ = await agent.PutAsync("/v1/catalog/register", check);
        var answers = await Task.WhenAll(watches).WithinAsync();
        Assert.Empty(answers[0].Json!.AsArray());
        Assert.Equal("is", (string)Assert.Single(answers[1].Json!.AsArray())!["ServiceName"]!);

        await RenameAsync("was");
        var watch = ChecksAsync("is", answers[1].Index);
        _ = await agent.PutAsync("/v1/catalog/deregister", """{"Node":"renames","ServiceID":"r"}""");
        Assert.Empty((await watch.WithinAsync()).Json!.AsArray());

        async Task RenameAsync(string name) =>
            _ = await agent.PutAsync("/v1/catalog/register", $$"""{"Node":"renames","Address":"10.0.0.1","Service":{"ID":"r","Service":"{{name}}"} }""");

        Task<Answer> ChecksAsync(string name, ulong index = 0) => agent.GetAsync($"/v1/health/checks/{name}?index={index}&wait=60s");
    }

    /// <summary>The same for what is registered on the agent.</summary>
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ServiceOfTheAgentIsRenamed_ItsChecksFollowWithTheirStatus(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("own-was", "own-r", """ "Check":{"CheckID":"own-c","TTL":"1h","Status":"passing"} """);
        await Eventually.TrueAsync(async () => (await ChecksAsync("own-was")).Json!.AsArray().Count == 1);
        await agent.RegisterAsync("own-is", "own-r");
        var (was, isNow) = (await ChecksAsync("own-was"), await ChecksAsync("own-is"));
        Assert.Equal((1, 0), (was.Json!.AsArray().Count, isNow.Json!.AsArray().Count));

        var watches = new[] { ChecksAsync("own-was", was.Index), ChecksAsync("own-is", isNow.Index) };
        _ = await agent.PutAsync("/v1/agent/check/warn/own-c");
        var answers = await Task.WhenAll(watches).WithinAsync();
        Assert.Empty(answers[0].Json!.AsArray());
        Assert.Equal("warning", (string)Assert.Single(answers[1].Json!.AsArray())!["Status"]!);

        Task<Answer> ChecksAsync(string name, ulong index = 0) => agent.GetAsync($"/v1/health/checks/{name}?index={index}&wait=60s");
    }

    private static async Task<(Answer Answer, TimeSpan Took)> TimedAsync(TestedAgent agent, string path)
    {
        var watch = Stopwatch.StartNew();
        var answer = await agent.GetAsync(path);
        return (answer, watch.Elapsed);
    }
}
