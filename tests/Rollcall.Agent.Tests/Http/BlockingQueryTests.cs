using System.Net;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class BlockingQueryTests
{
    private const string Web = """{"Name":"web","Port":80,"Check":{"TTL":"10m"}}""";

    [Theory]
    [InlineData("health/service/web", "agent/service/register", Web)]
    [InlineData("catalog/service/web", "agent/service/register", Web)]
    [InlineData("health/checks/web", "agent/service/register", Web)]
    [InlineData("catalog/services", "agent/service/register", Web)]
    [InlineData("catalog/node/n1", "agent/service/register", Web)]
    [InlineData("health/node/n1", "agent/service/register", Web)]
    [InlineData("health/state/any", "agent/service/register", Web)]
    [InlineData("catalog/nodes", "catalog/register", """{"Node":"ext","Address":"10.0.0.1"}""")]
    [InlineData("kv/a/b", "kv/a/b", "v")]
    [InlineData("kv/a?recurse", "kv/a/b", "v")]
    [InlineData("kv/a?keys", "kv/a/b", "v")]
    public async Task WhatIsWatchedChanges_AnswersWithAHigherIndex(string path, string change, string body)
    {
        await using var agent = await AgentFixture.StartAsync();
        var index = await agent.IndexAsync(path);
        var pending = await agent.BlockAsync(path, index);
        Assert.False(pending.IsCompleted);

        await agent.PutAsync(change, body);

        Assert.True((await pending.WithinAsync()).Index > index);
    }

    [Fact]
    public async Task OtherThingsChange_KeepsWaitingAndAnswersWithItsOwnIndexWhenTheWaitIsOver()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", Web);
        var index = await agent.IndexAsync("health/service/web");
        var pending = await agent.BlockAsync("health/service/web", index, "8s");

        await agent.PutAsync("agent/service/register", """{"Name":"other","Check":{"TTL":"10m"}}""");
        await agent.PutAsync("agent/check/pass/service:other");
        await agent.PutAsync("agent/service/register", Web);
        await agent.PutAsync("kv/web", "v");
        agent.Time.Advance(TimeSpan.FromSeconds(8) - TimeSpan.FromMilliseconds(1));
        Assert.False(pending.IsCompleted);

        // The wait and up to a sixteenth of it.
        agent.Time.Advance(TimeSpan.FromSeconds(0.501));

        Assert.Equal(index, (await pending.WithinAsync()).Index);
    }

    [Fact]
    public async Task CheckChangesStatus_Answers_OutputAlone_DoesNot()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", Web);
        await agent.PutAsync("agent/check/pass/service:web?note=one");
        var index = await agent.IndexAsync("health/service/web");
        var pending = await agent.BlockAsync("health/service/web", index);

        await agent.PutAsync("agent/check/pass/service:web?note=two");
        Assert.Equal(index, await agent.IndexAsync("health/service/web"));
        Assert.False(pending.IsCompleted);

        await agent.PutAsync("agent/check/warn/service:web");
        Assert.Contains("warning", (await pending.WithinAsync()).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IndexBelowTheCurrentOrZero_AnswersAtOnce()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", Web);

        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("health/service/web?index=1&wait=10m")).Status);
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("health/service/web?index=0&wait=10m")).Status);
    }

    [Fact]
    public async Task IndexAboveTheCurrent_WaitsAndAnswersWithTheLowerOne()
    {
        await using var agent = await AgentFixture.StartAsync();
        var index = await agent.IndexAsync("health/service/consul");
        var pending = await agent.BlockAsync("health/service/consul", index + 1000, "1s");

        agent.Time.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal(index, (await pending.WithinAsync()).Index);
    }

    [Fact]
    public async Task WaitOfZero_IsFiveMinutes()
    {
        await using var agent = await AgentFixture.StartAsync();
        var index = await agent.IndexAsync("catalog/services");
        var pending = await agent.BlockAsync("catalog/services", index, "0s");

        agent.Time.Advance(TimeSpan.FromSeconds(299));
        Assert.False(pending.IsCompleted);
        agent.Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(index, (await pending.WithinAsync()).Index);
    }

    [Fact]
    public async Task MissingService_WakesWhenItAppearsAndWhenAnyOtherVanishes()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"other"}""");
        var index = await agent.IndexAsync("health/service/web");
        var vanish = await agent.BlockAsync("health/service/web", index);
        await agent.PutAsync("agent/service/deregister/other");
        var answer = await vanish.WithinAsync();
        Assert.Equal(("[]", true), (answer.Body, answer.Index > index));

        var appear = await agent.BlockAsync("health/service/web", answer.Index);
        await agent.PutAsync("agent/service/register", Web);
        Assert.Single((await appear.WithinAsync()).Json!.AsArray());
    }

    [Fact]
    public async Task LastInstanceDeregistered_AnswersEmptyWithAHigherIndex()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", Web);
        var index = await agent.IndexAsync("health/service/web");
        var pending = await agent.BlockAsync("health/service/web", index);

        await agent.PutAsync("agent/service/deregister/web");

        var answer = await pending.WithinAsync();
        Assert.Equal(("[]", true), (answer.Body, answer.Index > index));
    }

    [Fact]
    public async Task ClientHangsUp_NothingIsLeftWaiting()
    {
        await using var agent = await AgentFixture.StartAsync();
        var timers = agent.Time.PendingTimers;
        using var hangUp = new CancellationTokenSource();
        var pending = await agent.BlockAsync("catalog/services", await agent.IndexAsync("catalog/services"), "10m", hangUp.Token);

        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending).WithinAsync();
        await Eventually.TrueAsync(() => agent.Agent.Store.Watches.Count == 0 && agent.Time.PendingTimers == timers);
    }

    [Fact]
    public async Task AgentStops_AnswersAtOnce()
    {
        await using var agent = await AgentFixture.StartAsync();
        var index = await agent.IndexAsync("catalog/services");
        var pending = await agent.BlockAsync("catalog/services", index);

        await agent.Agent.StopAsync().WithinAsync();

        Assert.Equal(index, (await pending.WithinAsync()).Index);
    }

    [Fact]
    public async Task ManyWatchersOfOneService_AllAnswerAndShareOneTopic()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", Web);
        var index = await agent.IndexAsync("health/service/web");
        var timers = agent.Time.PendingTimers;
        var pending = Enumerable.Range(0, 50).Select(_ => agent.GetAsync($"health/service/web?index={index}&wait=10m")).ToList();

        // One timer each, and one watch for all.
        await agent.Time.WaitForTimersAsync(timers + 50);
        Assert.Equal(1, agent.Agent.Store.Watches.Count);
        await agent.PutAsync("agent/check/pass/service:web");

        foreach (var answer in await Task.WhenAll(pending).WithinAsync())
        {
            Assert.Contains("\"Status\":\"passing\",\"Notes\":\"\",\"Output\":\"\",\"ServiceID\":\"web\"", answer.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task HashOfAService_WaitsUntilItIsRegisteredDifferently()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", Web);
        var hash = (await agent.GetAsync("agent/service/web")).Headers["X-Consul-Contenthash"];
        var timers = agent.Time.PendingTimers;
        var pending = agent.GetAsync($"agent/service/web?hash={hash}&wait=10m");
        await agent.Time.WaitForTimersAsync(timers + 1);

        await agent.PutAsync("agent/service/register", """{"Name":"web","Port":81}""");

        Assert.Equal(81, (int)(await pending.WithinAsync()).Json!["Port"]!);
    }

    [Theory]
    [InlineData("health/checks/web", "agent/check/pass/service:other", true)]
    [InlineData("health/node/n1", "catalog/register", true)]
    [InlineData("health/checks/web", "kv/k", false)]
    [InlineData("catalog/node/n1", "catalog/register", true)]
    [InlineData("catalog/node-services/n1", "catalog/register", true)]
    [InlineData("catalog/node/n1", "agent/check/pass/service:other", false)]
    public async Task OneIndexForAllNodesOrChecks_MovesAsConsulsDoes(string path, string change, bool moves)
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", Web);
        await agent.PutAsync("agent/service/register", """{"Name":"other","Check":{"TTL":"10m"}}""");
        var index = await agent.IndexAsync(path);

        await agent.PutAsync(change, """{"Node":"ext","Address":"10.0.0.1","Service":{"Service":"e"},"Check":{"Name":"c"}}""");

        Assert.Equal(moves, await agent.IndexAsync(path) > index);
    }
}
