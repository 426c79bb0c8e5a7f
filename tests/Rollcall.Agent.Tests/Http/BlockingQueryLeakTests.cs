using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Http;
using Rollcall.Agent.Metrics;
using Rollcall.Agent.Overload;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Watching;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

[Collection(AloneCollection.Name)]
public sealed class BlockingQueryLeakTests
{
    [Fact]
    public async Task ManyQueriesOfAMissingServiceHangUpWhileOneGoesOn_NoneLeavesAnythingBehind()
    {
        var store = new StateStore();
        var time = new FakeTimeProvider();
        var load = new AgentLoad(new AgentLimitOptions(), new AgentMetrics(time), time, NullLogger<AgentLoad>.Instance);
        var blocking = new BlockingQuery(store, load, time, new Random(1));
        using var end = new CancellationTokenSource();
        var patient = WaitAsync(end.Token);
        await HangUpAsync(1_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await HangUpAsync(20_000);

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 1_000_000, $"{grown} bytes are still held");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => patient).WithinAsync();
        Assert.Equal((0, 0, 0), (blocking.Blocked, load.Watchers, store.Watches.Count));

        Task WaitAsync(CancellationToken aborted) => blocking.WaitAsync(
            new QueryOptions(1, TimeSpan.FromMinutes(5), ReadMode.Leader, Cached: false),
            Topic.Service("nobody"),
            static (_, _) => 1,
            "nobody",
            new AgentRequest(new DefaultHttpContext { RequestAborted = aborted }, default, "")).AsTask();

        async Task HangUpAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var hangUp = new CancellationTokenSource();
                var query = WaitAsync(hangUp.Token);
                await hangUp.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query).WithinAsync();
            }
        }
    }
}
