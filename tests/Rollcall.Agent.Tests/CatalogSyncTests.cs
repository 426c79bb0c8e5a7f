using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests;

public sealed class CatalogSyncTests
{
    [Fact]
    public async Task DeletedKeysAreForgotten_IndexesOfOtherPrefixesStay()
    {
        var (store, time) = (new StateStore(), new FakeTimeProvider());
        await store.ApplyAsync(new AnnounceAgent(
            new CatalogNode { Node = "n1", Address = "127.0.0.1" },
            new NodeService { Id = "consul", Service = "consul" },
            new HealthCheck { Node = "n1", CheckId = "serfHealth", Status = CheckStatus.Passing }));
        await store.ApplyAsync(new KvPut("config/a", [], 0, null));
        await using var sync = new CatalogSync(store, time, NullLoggerFactory.Instance);
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
}
