using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests;

public sealed class CatalogSyncTests
{
    [Fact]
    public async Task OutputWithoutAChangeOfStatus_IsInTheCatalogAfterItsInterval()
    {
        var (store, time) = (await AnnouncedAsync(), new FakeTimeProvider());
        await RegisterAsync(store);
        await using var sync = new CatalogSync(store, TimeSpan.FromSeconds(150), time, NullLoggerFactory.Instance);
        sync.Start();
        await store.ApplyAsync(new UpdateCheck("c", CheckStatus.Critical, "still broken"));
        // Rounds are over when the catalog has what they bring back.
        await store.ApplyAsync(new DeregisterFromCatalog("n1", "consul", ""));

        time.Advance(TimeSpan.FromSeconds(149));
        await Eventually.TrueAsync(() => store.Root.Catalog.FindService("consul") is not null);
        Assert.Equal("", Output(store));

        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => Output(store) == "still broken");
    }

    [Fact]
    public async Task OtherOutputInTheCatalog_IsPutRightAlsoWhereOutputsAreShownAtOnce()
    {
        var (store, time) = (await AnnouncedAsync(), new FakeTimeProvider());
        await RegisterAsync(store);
        await using var sync = new CatalogSync(store, TimeSpan.Zero, time, NullLoggerFactory.Instance);
        sync.Start();
        await store.ApplyAsync(new UpdateCheck("c", CheckStatus.Critical, "broken", ShowsOutput: false));

        time.Advance(CatalogSync.Interval);

        await Eventually.TrueAsync(() => Output(store) == "broken");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    public async Task OutputInterval_MayBeAnyTime(long ticks)
    {
        await using var sync = new CatalogSync(new StateStore(), new TimeSpan(ticks), new FakeTimeProvider(), NullLoggerFactory.Instance);
        sync.Start();
    }

    [Fact]
    public async Task DeletedKeysAreForgotten_IndexesOfOtherPrefixesStay()
    {
        var (store, time) = (await AnnouncedAsync(), new FakeTimeProvider());
        await store.ApplyAsync(new KvPut("config/a", [], 0, null));
        await using var sync = new CatalogSync(store, TimeSpan.FromMinutes(5), time, NullLoggerFactory.Instance);
        sync.Start();
        var before = store.Root.Kv.PrefixIndex("config/");

        for (var round = 0; round < 3; round++)
        {
            await store.ApplyAsync(new KvPut("locks/a", [], 0, null));
            await store.ApplyAsync(new KvDelete("locks/a", null));
            await Eventually.TrueAsync(() =>
            {
                time.Advance(CatalogSync.Interval);
                return store.Root.Kv.TombstoneCount == 0;
            });

            Assert.Equal(before, store.Root.Kv.PrefixIndex("config/"));
        }
    }

    private static async Task<StateStore> AnnouncedAsync()
    {
        var store = new StateStore();
        await store.ApplyAsync(new AnnounceAgent(
            new CatalogNode { Node = "n1", Address = "127.0.0.1" },
            new NodeService { Id = "consul", Service = "consul" },
            new HealthCheck { Node = "n1", CheckId = "serfHealth", Status = CheckStatus.Passing }));
        return store;
    }

    private static async Task RegisterAsync(StateStore store) =>
        await store.ApplyAsync(new RegisterCheck(new LocalCheck(new HealthCheck { CheckId = "c", Status = CheckStatus.Critical }, null)));

    private static string? Output(StateStore store) => store.Root.Catalog.FindNode("n1")!.Checks[CatalogKey.Of("c")].Output;
}
