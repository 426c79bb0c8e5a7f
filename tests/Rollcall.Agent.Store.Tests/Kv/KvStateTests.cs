using System.Text;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests.Kv;

public sealed class KvStateTests
{
    private const int Many = 20_000;
    private const string SessionOf = "11111111-1111-1111-1111-111111111111";

    [Fact]
    public async Task SamePutAgain_NothingMoves()
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("a", "1");
        var before = store.Root;

        await store.PutAsync("a", "1");

        Assert.Same(before, store.Root);
    }

    [Fact]
    public async Task ExistingKey_HasItsModifyIndex_MissingOneTheLatest()
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("a");
        var first = store.Root.Index;
        await store.PutAsync("b");

        Assert.Equal(first, store.Root.Kv.KeyIndex("a"));
        Assert.Equal(store.Root.Index, store.Root.Kv.KeyIndex("missing"));
    }

    [Fact]
    public async Task KeyDeletedBelowPrefix_PrefixIndexMovesForward()
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("a/1");
        await store.PutAsync("a/2");
        var before = store.Root.Kv.PrefixIndex("a/");

        await store.Store.ApplyAsync(new KvDelete("a/2", null));

        Assert.True(store.Root.Kv.PrefixIndex("a/") > before);
        Assert.Equal(store.Root.Index, store.Root.Kv.PrefixIndex("a/"));
    }

    [Fact]
    public async Task TombstonesReaped_NoIndexGoesBackwards()
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("a/1");
        await store.PutAsync("a/2");
        await store.Store.ApplyAsync(new KvDelete("a/2", null));
        var before = store.Root.Kv.PrefixIndex("a/");

        Assert.Equal(1, await store.Store.ApplyAsync(new KvReapTombstones(store.Root.Index)));

        Assert.Equal(0, store.Root.Kv.TombstoneCount);
        Assert.True(store.Root.Kv.PrefixIndex("a/") >= before);
    }

    [Theory]
    [InlineData("locks/1")]
    [InlineData("lock")]
    [InlineData("configuration/a")]
    [InlineData("app/locks/1")]
    public async Task TombstonesOfOtherKeysReaped_PrefixIndexStays(string deleted)
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("config/a");
        await store.PutAsync("app/config/a");
        var before = Indexes();

        for (var round = 0; round < 3; round++)
        {
            await store.PutAsync(deleted);
            await store.Store.ApplyAsync(new KvDelete(deleted, null));
            Assert.Equal(1, await store.Store.ApplyAsync(new KvReapTombstones(store.Root.Index)));
            Assert.Equal(before, Indexes());
        }

        (ulong, ulong) Indexes() => (store.Root.Kv.PrefixIndex("config/"), store.Root.Kv.PrefixIndex("app/config/"));
    }

    [Fact]
    public async Task ManyTombstonesReaped_NoIndexGoesBackwards_AndWhatIsKeptOfThemIsBounded()
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("p/a");
        var last = store.Root.Kv.PrefixIndex("p/");
        for (var i = 0; i < 3000; i++)
        {
            await store.PutAsync($"p/{i}/x");
            await store.Store.ApplyAsync(new KvDelete($"p/{i}/x", null));
            var deleted = store.Root.Kv.PrefixIndex("p/");
            await store.Store.ApplyAsync(new KvReapTombstones(store.Root.Index));

            Assert.True(deleted > last);
            Assert.Equal(deleted, store.Root.Kv.PrefixIndex("p/"));
            last = deleted;
        }

        Assert.InRange(store.Root.Kv.ReapedCount, 1, 1024);
    }

    /// <summary>What is done for each key, whatever their number: nobody else writes meanwhile.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("keep")]
    public async Task ManyKeysAtOnce_CostLittleEach(string kept)
    {
        var store = await StoreFixture.CreateAsync();
        if (kept.Length > 0)
        {
            await store.PutAsync(kept);
        }

        var tree = await CostAsync(behavior: null, new KvDeleteTree("t/"));
        var reap = Allocated(() => store.Store.ApplyAsync(new KvReapTombstones(store.Root.Index)).AsTask());
        Assert.Equal(0, store.Root.Kv.TombstoneCount);
        var locked = await CostAsync(SessionBehavior.Delete, new KvDeleteTree("t/"));
        var deleted = await CostAsync(SessionBehavior.Delete, new EndSession(SessionOf));
        var left = store.Root.Kv.Count;
        var released = await CostAsync(SessionBehavior.Release, new EndSession(SessionOf));

        Assert.Equal(kept.Length > 0 ? 1 : 0, left);
        Assert.Equal(left + Many, store.Root.Kv.Count);
        Assert.All(store.Root.Kv.List("t/"), static pair => Assert.Null(pair.Session));
        Assert.Empty(store.Root.Sessions.Held);
        Assert.All(
            new Dictionary<string, long> { ["tree"] = tree, ["reap"] = reap, ["locked"] = locked, ["deleted"] = deleted, ["released"] = released },
            static cost => Assert.True(cost.Value < Many * 1000L, $"{cost.Key}: {cost.Value / Many} bytes a key"));

        async Task<long> CostAsync<TResult>(string? behavior, Command<TResult> command)
        {
            await store.Store.ApplyAsync(new EndSession(SessionOf));
            if (behavior is not null)
            {
                Assert.Null(await store.Store.ApplyAsync(new CreateSession(new Session { Id = SessionOf, Node = StoreFixture.NodeName, Behavior = behavior })));
            }

            for (var i = 0; i < Many; i++)
            {
                _ = behavior is null
                    ? await store.Store.ApplyAsync(new KvPut($"t/{i}", [], 0, null))
                    : (await store.Store.ApplyAsync(new KvLock($"t/{i}", [], 0, SessionOf))).Locked;
            }

            return Allocated(() => store.Store.ApplyAsync(command).AsTask());
        }
    }

    private static long Allocated(Func<Task> action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(action().IsCompletedSuccessfully);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public async Task OtherPrefixChanges_PrefixIndexStays()
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("a/1");
        var before = store.Root.Kv.PrefixIndex("a/");

        await store.PutAsync("b/1");
        await store.Store.ApplyAsync(new KvDelete("b/1", null));

        Assert.Equal(before, store.Root.Kv.PrefixIndex("a/"));
    }

    [Fact]
    public async Task LastKeyBelowPrefixDeleted_PrefixIndexIsThatOfTheDeletionAndStays()
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("a/1");
        await store.Store.ApplyAsync(new KvDelete("a/1", null));
        var deleted = store.Root.Index;

        await store.PutAsync("b/1");

        Assert.Equal(deleted, store.Root.Kv.PrefixIndex("a/"));
    }

    [Theory]
    [InlineData(0UL, false)]
    [InlineData(1UL, false)]
    [InlineData(null, true)]
    public async Task PutWithWrongIndex_IsRefused(ulong? cas, bool expected)
    {
        var store = await StoreFixture.CreateAsync();
        await store.PutAsync("a");

        Assert.Equal(expected, await store.Store.ApplyAsync(new KvPut("a", "2"u8.ToArray(), 0, cas)));
    }

    [Fact]
    public async Task CompareAndSet_HoldsOnTheKeysIndexAndOnAbsence()
    {
        var store = await StoreFixture.CreateAsync();

        Assert.True(await store.Store.ApplyAsync(new KvPut("a", "1"u8.ToArray(), 0, 0)));
        var pair = store.Root.Kv.Find("a")!;
        Assert.True(await store.Store.ApplyAsync(new KvPut("a", "2"u8.ToArray(), 7, pair.ModifyIndex)));

        var changed = store.Root.Kv.Find("a")!;
        Assert.Equal(pair.CreateIndex, changed.CreateIndex);
        Assert.Equal(7UL, changed.Flags);
        Assert.False(await store.Store.ApplyAsync(new KvDelete("a", pair.ModifyIndex)));
        Assert.True(await store.Store.ApplyAsync(new KvDelete("a", changed.ModifyIndex)));
        Assert.True(await store.Store.ApplyAsync(new KvDelete("a", 5)));
    }

    [Fact]
    public async Task List_IsOrderedByBytes()
    {
        var store = await StoreFixture.CreateAsync();
        string[] keys = ["a", "a/b", "ab", "b", "a\uFFFD", "a\U0001F600", "A", "", "a/"];
        foreach (var key in keys)
        {
            await store.PutAsync(key);
        }

        var expected = keys.OrderBy(key => Convert.ToHexString(Encoding.UTF8.GetBytes(key)), StringComparer.Ordinal);
        Assert.Equal(expected, store.Root.Kv.List("").Select(pair => pair.Key));
        Assert.Equal(["a/", "a/b"], store.Root.Kv.List("a/").Select(pair => pair.Key));
        Assert.Empty(store.Root.Kv.List("zz"));
    }

    [Fact]
    public async Task TreeDeleted_OnlyThePrefixGoes_InOneCommit()
    {
        var store = await StoreFixture.CreateAsync();
        foreach (var key in new[] { "a/1", "a/2", "b" })
        {
            await store.PutAsync(key);
        }

        var before = store.Root.Index;
        Assert.Equal(2, await store.Store.ApplyAsync(new KvDeleteTree("a/")));

        Assert.Equal(before + 1, store.Root.Index);
        Assert.Equal(["b"], store.Root.Kv.List("").Select(pair => pair.Key));
        Assert.Equal(0, await store.Store.ApplyAsync(new KvDeleteTree("a/")));
        Assert.Equal(before + 1, store.Root.Index);
    }
}
