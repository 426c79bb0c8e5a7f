using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Store.Tests.Watching;

public sealed class WatchTests
{
    private static readonly Topic[] s_all =
    [
        Topic.Service("web"), Topic.Service("db"), Topic.Services, Topic.Node(StoreFixture.NodeName), Topic.Node("other"), Topic.Nodes,
        Topic.Checks, Topic.Extinction, Topic.Key("a/1"), Topic.Key("a/2"), Topic.KeyPrefix(""), Topic.KeyPrefix("a/"), Topic.KeyPrefix("b/"),
        Topic.LocalService("web"), Topic.LocalService("db"),
    ];

    [Fact]
    public async Task ServiceRegistered_WakesItsOwnWatchersOnly()
    {
        var store = await StoreFixture.CreateAsync();

        var woken = await store.WokenByAsync(() => store.RegisterAsync("web"), s_all);

        Assert.Equal([Topic.Service("web"), Topic.Services, Topic.Node(StoreFixture.NodeName), Topic.LocalService("web")], woken);
    }

    [Fact]
    public async Task CheckChangesStatus_ListsOfServicesAndNodesSleep()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        await store.RegisterAsync("db");

        var woken = await store.WokenByAsync(() => store.SetAsync("c", CheckStatus.Passing), s_all);

        Assert.Equal([Topic.Service("web"), Topic.Node(StoreFixture.NodeName), Topic.Checks], woken);
    }

    [Fact]
    public async Task OutputAloneChanges_NobodyWakes()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");

        Assert.Empty(await store.WokenByAsync(() => store.SetAsync("c", CheckStatus.Critical, "other words"), s_all));
    }

    [Fact]
    public async Task SameAgain_NobodyWakes()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        await store.PutAsync("a/1");

        Assert.Empty(await store.WokenByAsync(() => store.RegisterAsync("web", checkIds: "c"), s_all));
        Assert.Empty(await store.WokenByAsync(() => store.PutAsync("a/1"), s_all));
        Assert.Empty(await store.WokenByAsync(() => store.DeregisterAsync("nobody"), s_all));
        Assert.Empty(await store.WokenByAsync(async () => await store.Store.ApplyAsync(new SyncCatalog(true)), s_all));
    }

    [Fact]
    public async Task KeyChanges_WakesKeyAndItsPrefixesOnly()
    {
        var store = await StoreFixture.CreateAsync();

        Assert.Equal(
            [Topic.Key("a/1"), Topic.KeyPrefix(""), Topic.KeyPrefix("a/")],
            await store.WokenByAsync(() => store.PutAsync("a/1"), s_all));
        Assert.Equal(
            [Topic.Key("a/1"), Topic.KeyPrefix(""), Topic.KeyPrefix("a/")],
            await store.WokenByAsync(async () => await store.Store.ApplyAsync(new KvDelete("a/1", null)), s_all));
    }

    [Fact]
    public async Task LastInstanceGone_WakesWhoWaitsForServicesThatDoNotExist()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", "w1");
        await store.RegisterAsync("web", "w2");

        Assert.DoesNotContain(Topic.Extinction, await store.WokenByAsync(() => store.DeregisterAsync("w1"), s_all));
        Assert.Contains(Topic.Extinction, await store.WokenByAsync(() => store.DeregisterAsync("w2"), s_all));
    }

    [Fact]
    public async Task WatcherWakes_FindsTheChange()
    {
        var store = await StoreFixture.CreateAsync();
        using var watch = store.Store.Watches.Subscribe(Topic.Service("web"));
        var seen = SeenAsync();

        await store.RegisterAsync("web");

        Assert.True(await seen.WithinAsync());

        async Task<bool> SeenAsync()
        {
            await watch.Changed;
            return store.Root.Catalog.FindService("web") is not null;
        }
    }

    [Fact]
    public async Task ManyChanges_EachWatchWakesOnce()
    {
        var store = await StoreFixture.CreateAsync();
        var wakes = 0;
        for (var i = 0; i < 50; i++)
        {
            using var watch = store.Store.Watches.Subscribe(Topic.Key("k"));
            await store.PutAsync("other" + i);
            Assert.False(watch.Changed.IsCompleted);
            await store.PutAsync("k", $"{i}");
            wakes += watch.Changed.IsCompletedSuccessfully ? 1 : 0;
        }

        Assert.Equal(50, wakes);
        Assert.Equal(0, store.Store.Watches.Count);
    }

    [Fact]
    public async Task LastHolderLeaves_TopicIsForgotten()
    {
        var store = await StoreFixture.CreateAsync();
        var first = store.Store.Watches.Subscribe(Topic.KeyPrefix("a/"));
        var second = store.Store.Watches.Subscribe(Topic.KeyPrefix("a/"));
        Assert.Same(first, second);

        first.Dispose();
        Assert.Equal(1, store.Store.Watches.Count);
        second.Dispose();
        Assert.Equal(0, store.Store.Watches.Count);
    }

    [Fact]
    public async Task OldWatchReleasedAfterNewOneBegan_NewOneStays()
    {
        var store = await StoreFixture.CreateAsync();
        var old = store.Store.Watches.Subscribe(Topic.Key("k"));
        await store.PutAsync("k", "1");
        using var current = store.Store.Watches.Subscribe(Topic.Key("k"));

        old.Dispose();
        await store.PutAsync("k", "2");

        Assert.True(current.Changed.IsCompleted);
    }

    [Fact]
    public async Task Closed_EverybodyWakesAndNobodyBlocksAgain()
    {
        var store = await StoreFixture.CreateAsync();
        using var before = store.Store.Watches.Subscribe(Topic.Services);

        store.Store.Watches.Close();

        using var after = store.Store.Watches.Subscribe(Topic.Services);
        Assert.True(before.Changed.IsCompleted);
        Assert.True(after.Changed.IsCompleted);
        Assert.True(store.Store.Watches.IsClosed);
    }

    [Fact]
    public async Task WritersAndWatchersTogether_NoWakeIsLost()
    {
        var store = await StoreFixture.CreateAsync();
        const int Changes = 2000;
        var watcher = Task.Run(async () =>
        {
            ulong seen = 0;
            while (store.Root.Kv.Find("k")?.Flags != Changes)
            {
                using var watch = store.Store.Watches.Subscribe(Topic.Key("k"));
                if (store.Root.Kv.KeyIndex("k") <= seen)
                {
                    await watch.Changed;
                }

                var now = store.Root.Kv.KeyIndex("k");
                Assert.True(now >= seen);
                seen = now;
            }
        });
        var writer = Task.Run(async () =>
        {
            for (ulong i = 1; i <= Changes; i++)
            {
                await store.Store.ApplyAsync(new KvPut("k", [], i, null));
            }
        });

        await Task.WhenAll(watcher, writer).WithinAsync();
    }
}
