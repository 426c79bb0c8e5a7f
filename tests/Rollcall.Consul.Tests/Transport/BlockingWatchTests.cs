using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

public sealed class BlockingWatchTests
{
    [Fact]
    public async Task Changes_CostOneRequestEach()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        using var client = TestClients.For(peer.Address);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        Assert.Equal(5UL, (await NextAsync(watch)).Index);
        for (ulong index = 6; index <= 10; index++)
        {
            var next = NextAsync(watch);
            await OpenAsync(peer, $"/v1/health/service/a?index={index - 1}&wait=5m0s");
            peer.Change(index);
            Assert.Equal((index, false), ((await next).Index, (await next).IndexRewound));
        }

        Assert.Equal(6, peer.Targets.Count);
    }

    [Fact]
    public async Task WaitIsOver_NothingIsYielded_AndTheSameIndexIsAskedAgain()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        var time = new FakeTimeProvider();
        using var client = new ConsulClient(TestClients.Options(peer.Address, static options => options.MinQueryInterval = TimeSpan.Zero), time);
        await using var watch = client.Health.WatchServiceAsync("a", new() { Wait = TimeSpan.FromSeconds(9) }).GetAsyncEnumerator();
        await NextAsync(watch);
        var next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=5&wait=9s");
        time.Advance(TimeSpan.FromSeconds(9.3));
        peer.Change(5);
        await Eventually.TrueAsync(() => peer.Targets.Count == 3);
        Assert.False(next.IsCompleted);
        Assert.Equal("/v1/health/service/a?index=5&wait=9s", peer.Targets[^1]);
        peer.Change(6);
        Assert.Equal(6UL, (await next).Index);
    }

    [Fact]
    public async Task WaitIsOver_WhoAskedForEveryAnswerGetsIt()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        using var client = TestClients.For(peer.Address);
        await using var watch = client.Health.WatchServiceAsync("a", new() { EveryAnswer = true }).GetAsyncEnumerator();
        await NextAsync(watch);
        var next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=5&wait=5m0s");
        peer.Change(5);
        Assert.Equal((5UL, false), ((await next).Index, (await next).IndexRewound));
    }

    /// <summary>A snapshot was restored: open queries end with what was there before, and the index of what is there now is lower.</summary>
    [Fact]
    public async Task AnsweredBeforeTheWaitIsOverWithTheIndexAsked_IsAskedWithoutIndex()
    {
        await using var peer = await WatchedPeer.StartAsync(637);
        using var client = TestClients.For(peer.Address);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        await NextAsync(watch);
        var next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=637&wait=5m0s");

        peer.PutAside(607);

        Assert.Equal((607UL, true), ((await next).Index, (await next).IndexRewound));
        next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=607&wait=5m0s");
        Assert.Equal(4, peer.Targets.Count);
        peer.Change(608);
        Assert.Equal((608UL, false), ((await next).Index, (await next).IndexRewound));
    }

    /// <summary>Something on the way answers once with nothing, and an index that the agent doesn't reach.</summary>
    [Fact]
    public async Task NothingWithAnIndexAheadOfTheAgents_IsAskedAgainWithoutIndexAfterSeconds()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        peer.Body = WatchedPeer.OneInstance;
        var time = new FakeTimeProvider();
        using var client = new ConsulClient(TestClients.Options(peer.Address, static options => options.MinQueryInterval = TimeSpan.Zero), time);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        Assert.Single((await NextAsync(watch)).Value);
        var next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=5&wait=5m0s");
        peer.Body = "[]";
        peer.Change(9999);
        Assert.Empty((await next).Value);

        next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=9999&wait=5s");
        time.Advance(TimeSpan.FromSeconds(5.3));
        peer.PutAside(5, WatchedPeer.OneInstance);

        Assert.Single((await next).Value);
        Assert.True((await next).IndexRewound);
        next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=5&wait=5m0s");
        Assert.Equal("/v1/health/service/a", peer.Targets[^2]);
        peer.Change(6);
        await next;
    }

    [Fact]
    public async Task IndexGoesBackwards_AnswerSaysSo_AndTheWatchStartsFromZero()
    {
        await using var peer = await WatchedPeer.StartAsync(50);
        using var client = TestClients.For(peer.Address);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        await NextAsync(watch);
        var next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=50&wait=5m0s");
        peer.Change(3);
        Assert.Equal((3UL, true), ((await next).Index, (await next).IndexRewound));

        next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=3&wait=5m0s");
        Assert.Equal("/v1/health/service/a", peer.Targets[2]);
        peer.Change(4);
        Assert.Equal((4UL, false), ((await next).Index, (await next).IndexRewound));
    }

    [Fact]
    public async Task IndexIsZero_OneIsAsked()
    {
        await using var peer = await WatchedPeer.StartAsync(0);
        using var client = TestClients.For(peer.Address);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        await NextAsync(watch);
        var next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=1&wait=5m0s");
        peer.Change(2);
        Assert.Equal(2UL, (await next).Index);
    }

    [Fact]
    public async Task ErrorAnswer_IsThrown_AndItsIndexNotLookedAt()
    {
        await using var peer = await WatchedPeer.StartAsync(50);
        using var client = TestClients.For(peer.Address);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        await NextAsync(watch);
        var next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=50&wait=5m0s");
        peer.Change(50, 500);
        var e = await Assert.ThrowsAsync<ConsulException>(() => next);
        Assert.Equal(ConsulErrorOrigin.Server, e.Origin);
        Assert.Equal(2, peer.Targets.Count);
    }

    [Fact]
    public async Task OverloadedAgent_IsLeftAloneForAsLongAsItAsks_BeforeTheWatchFails()
    {
        await using var peer = await LoopbackPeer.StartAsync(static context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "4";
            return Task.CompletedTask;
        });
        var time = new FakeTimeProvider();
        using var client = new ConsulClient(TestClients.Options(peer.Address, static options => options.Timeout = TimeSpan.FromHours(1)), time);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        var started = time.GetUtcNow();
        var next = watch.MoveNextAsync().AsTask();
        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => next.IsCompleted);

        Assert.Equal(TimeSpan.FromSeconds(4), (await Assert.ThrowsAsync<ConsulException>(() => next)).RetryAfter);
        Assert.True(time.GetUtcNow() - started >= TimeSpan.FromSeconds(4));
        Assert.Single(peer.Requests);
    }

    [Fact]
    public async Task MissingKey_IsWatchedUntilItExists()
    {
        await using var peer = await WatchedPeer.StartAsync(7);
        using var client = TestClients.For(peer.Address);
        peer.Change(7, 404);
        await using var watch = client.Kv.WatchAsync("k").GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync().AsTask().WithinAsync());
        Assert.Equal((false, 7UL), (watch.Current.Found, watch.Current.Index));
        var next = watch.MoveNextAsync().AsTask();
        await OpenAsync(peer, "/v1/kv/k?index=7&wait=5m0s");
        peer.Change(8, 404);
        Assert.True(await next.WithinAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelled_NoRequestStaysOpen(bool byArgument)
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        using var client = TestClients.For(peer.Address);
        using var cancel = new CancellationTokenSource();
        var source = client.Health.WatchServiceAsync("a", null, byArgument ? cancel.Token : default);
        await using var watch = source.GetAsyncEnumerator(byArgument ? default : cancel.Token);
        await NextAsync(watch);
        var next = NextAsync(watch);
        await OpenAsync(peer, "/v1/health/service/a?index=5&wait=5m0s");
        await cancel.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(cancel.Token, e.CancellationToken);
        await Eventually.TrueAsync(() => peer.Open == 0);
        Assert.Equal(2, peer.Targets.Count);
    }

    [Fact]
    public async Task EndlessChanges_AreAskedForAtTheMinimumInterval()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        var time = new FakeTimeProvider();
        using var client = new ConsulClient(TestClients.Options(peer.Address, o => o.MinQueryInterval = TimeSpan.FromSeconds(3)), time);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        await NextAsync(watch);
        peer.Change(6);
        var next = NextAsync(watch);
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(3));
        Assert.Single(peer.Targets);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(6UL, (await next).Index);
        Assert.Equal(2, peer.Targets.Count);
    }

    private static async Task<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> NextAsync(
        IAsyncEnumerator<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> watch)
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WithinAsync());
        return watch.Current;
    }

    private static Task OpenAsync(WatchedPeer peer, string target) =>
        Eventually.TrueAsync(() => peer.Open == 1 && peer.Targets[^1] == target, because: () => string.Join('\n', peer.Targets));
}
