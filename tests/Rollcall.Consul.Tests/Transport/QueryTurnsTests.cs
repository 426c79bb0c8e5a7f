using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

public sealed class QueryTurnsTests
{
    [Fact]
    public async Task MoreWatchesThanPlaces_NoMoreAreOpen_AndAllHearOfAChange()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        using var client = TestClients.For(peer.Address, o => o.MaxOpenQueries = 4);
        var watches = await StartAsync(client, 10);
        Assert.True(client.WatchesTakeTurns);

        var next = watches.Select(NextAsync).ToList();
        await Eventually.TrueAsync(() => peer.Open == 3);

        // Two wait as long as they like; eight share the third place, so that each has it once in ten seconds. The fourth is for first queries.
        Assert.Equal(2, peer.Targets.Count(static t => t.EndsWith("index=5&wait=5m0s", StringComparison.Ordinal)));
        Assert.Single(peer.Targets, static t => t.Contains("index=5&wait=1.25", StringComparison.Ordinal));
        Assert.Equal(13, peer.Targets.Count);

        peer.Change(6);
        Assert.All(await Task.WhenAll(next), static index => Assert.Equal(6UL, index));
        await EndAsync(watches);
    }

    [Fact]
    public async Task AllPlacesAreTakenByQueriesThatWait_ANewWatchHasItsFirstAnswerAtOnce()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        using var client = TestClients.For(peer.Address, o => o.MaxOpenQueries = 4);
        var watches = await StartAsync(client, 8);
        var next = watches.Select(NextAsync).ToList();

        // The peer keeps a query open until something changes, whatever wait it names.
        await Eventually.TrueAsync(() => peer.Open >= 3);
        for (var i = 0; i < 3; i++)
        {
            await using var another = client.Health.WatchServiceAsync($"new{i}").GetAsyncEnumerator();
            Assert.True(await another.MoveNextAsync().AsTask().WithinAsync());
            Assert.Equal(5UL, another.Current.Index);
        }

        peer.Change(6);
        await Task.WhenAll(next);
        await EndAsync(watches);
    }

    [Fact]
    public async Task PlaceBecomesFree_AWatchThatTookTurnsKeepsIt()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        using var client = TestClients.For(peer.Address, o => o.MaxOpenQueries = 2);
        var watches = await StartAsync(client, 2);
        Assert.True(client.WatchesTakeTurns);

        await watches[0].DisposeAsync();
        var next = NextAsync(watches[1]);
        await Eventually.TrueAsync(() => peer.Open == 1);
        Assert.EndsWith("index=5&wait=5m0s", peer.Targets[^1], StringComparison.Ordinal);
        Assert.False(client.WatchesTakeTurns);

        peer.Change(6);
        Assert.Equal(6UL, await next);
        await EndAsync(watches[1..]);
    }

    [Fact]
    public async Task WatchIsCancelledWhileItWaitsForATurn_ItEnds()
    {
        await using var peer = await WatchedPeer.StartAsync(5);
        using var client = TestClients.For(peer.Address, o => o.MaxOpenQueries = 2);
        var watches = await StartAsync(client, 2);
        var open = watches.Select(NextAsync).ToList();
        await Eventually.TrueAsync(() => peer.Open == 2);
        using var cancel = new CancellationTokenSource();
        await using var third = client.Health.WatchServiceAsync("c", null, cancel.Token).GetAsyncEnumerator();
        var waiting = NextAsync(third);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        peer.Change(6);
        await Task.WhenAll(open);
        await EndAsync(watches);
    }

    private static async Task<List<IAsyncEnumerator<ConsulResponse<IReadOnlyList<HealthServiceEntry>>>>> StartAsync(ConsulClient client, int count)
    {
        var watches = Enumerable.Range(0, count).Select(i => client.Health.WatchServiceAsync($"s{i}").GetAsyncEnumerator()).ToList();
        foreach (var watch in watches)
        {
            Assert.Equal(5UL, await NextAsync(watch));
        }

        return watches;
    }

    private static async Task<ulong> NextAsync(IAsyncEnumerator<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> watch)
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WithinAsync());
        return watch.Current.Index;
    }

    private static async Task EndAsync(IEnumerable<IAsyncEnumerator<ConsulResponse<IReadOnlyList<HealthServiceEntry>>>> watches)
    {
        foreach (var watch in watches)
        {
            await watch.DisposeAsync();
        }
    }
}
