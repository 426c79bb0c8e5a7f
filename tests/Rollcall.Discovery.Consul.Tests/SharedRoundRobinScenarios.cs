using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>Callers that share one round robin through an agent's KV store; the same for every kind of agent.</summary>
internal static class SharedRoundRobinScenarios
{
    private const int Instances = 5;
    private const int Callers = 10;

    private static readonly ServiceQuery s_orders = new("orders") { Tags = ["v1"] };

    public static async Task TenCallersAsync(Uri address)
    {
        await RegisterAsync(address);
        var callers = await StartAsync(address);

        // Few calls of each, and many callers: where each on its own would begin somewhere, together they miss nobody out.
        var few = await CallAsync(callers, 2);
        Assert.Equal(Enumerable.Repeat(Callers * 2 / Instances, Instances), few.Values);

        var many = await CallAsync(callers, 400);
        Assert.InRange(many.Values.Max() - many.Values.Min(), 0, 1 + (3 * Callers));
        var requests = callers.Sum(static c => c.KvRequests);
        Assert.InRange(requests, 2 * Callers, Callers * 402 / 4);

        // Two of them die with numbers that nobody will use; the others go on, and nothing waits for those numbers.
        await callers[0].DisposeAsync();
        await callers[1].DisposeAsync();
        var rest = await CallAsync(callers[2..], 400);
        Assert.InRange(rest.Values.Max() - rest.Values.Min(), 0, 1 + (3 * Callers));
        foreach (var caller in callers[2..])
        {
            await caller.DisposeAsync();
        }

        using var client = Client(address);
        var pair = (await client.Kv.GetAsync("rollcall/sequences/orders?tag=v1")).Value;
        Assert.Matches("""^\{"next":[0-9]+,"blocks":[0-9]+\}$""", System.Text.Encoding.UTF8.GetString(pair!.Value!));
    }

    public static async Task AgentAwayAsync(Uri address, Func<Task> stop, Func<Task> startEmpty)
    {
        await RegisterAsync(address);
        using var logs = new LogCollector();
        await using var caller = new SharingCaller(address, s_orders, logs);
        await caller.ReadyAsync(Instances);
        await stop();
        await Eventually.TrueAsync(() => caller.Snapshot!.Freshness == SnapshotFreshness.Stale);
        var requests = caller.KvRequests;

        // Even on its own it goes round; nobody waits, and nobody asks for each call.
        var alone = Enumerable.Range(0, 20_000).GroupBy(_ => caller.PickAtOnce()).Select(static g => g.Count()).ToList();
        Assert.Equal(Instances, alone.Count);
        Assert.InRange(alone.Max() - alone.Min(), 0, 4);
        Assert.InRange(caller.KvRequests - requests, 0, 10);
        await Eventually.TrueAsync(() => Said(logs, "gives no numbers of the sequence"));

        await startEmpty();
        await RegisterAsync(address);
        await Eventually.TrueAsync(
            () =>
            {
                caller.PickAtOnce();
                return Said(logs, "share again");
            },
            TimeSpan.FromSeconds(30));
        Assert.Single(logs.Entries, static e => e.Message.Contains("gives no numbers of the sequence", StringComparison.Ordinal));
    }

    public static async Task ForeignKeyAsync(Uri address)
    {
        await RegisterAsync(address);
        using var client = Client(address);
        await client.Kv.PutAsync("rollcall/sequences/orders?tag=v1", "mine");
        using var logs = new LogCollector();
        await using var caller = new SharingCaller(address, s_orders, logs);
        await caller.ReadyAsync(Instances);

        caller.PickAtOnce();

        await Eventually.TrueAsync(() => Said(logs, "holds something else than the state of a sequence: delete it"));
        Assert.Equal("mine", System.Text.Encoding.UTF8.GetString((await client.Kv.GetAsync("rollcall/sequences/orders?tag=v1")).Value!.Value!));
    }

    private static async Task<SharingCaller[]> StartAsync(Uri address)
    {
        SharingCaller[] callers = [.. Enumerable.Range(0, Callers).Select(_ => new SharingCaller(address, s_orders))];
        await Task.WhenAll(callers.Select(static c => c.ReadyAsync(Instances)));
        return callers;
    }

    /// <summary>All callers at the same time; how many calls came to each instance.</summary>
    private static async Task<Dictionary<string, int>> CallAsync(IReadOnlyList<SharingCaller> callers, int calls)
    {
        var picked = await Task.WhenAll(callers.Select(caller => Task.Run(async () =>
        {
            var ids = new List<string>();
            for (var i = 0; i < calls; i++)
            {
                ids.Add(await caller.CallAsync());
            }

            return ids;
        }))).WithinAsync(TimeSpan.FromSeconds(60));
        return picked.SelectMany(static ids => ids).GroupBy(static id => id).ToDictionary(static g => g.Key, static g => g.Count());
    }

    private static async Task RegisterAsync(Uri address)
    {
        using var client = Client(address);
        for (var i = 0; i < Instances; i++)
        {
            await client.Agent.RegisterAsync(new ServiceRegistration { Name = "orders", Id = $"orders-{i}", Address = "127.0.0.1", Port = 1000 + i, Tags = ["v1"] });
        }
    }

    private static bool Said(LogCollector logs, string words) => logs.Entries.Any(e => e.Message.Contains(words, StringComparison.Ordinal));

    private static ConsulClient Client(Uri address) => new(new ConsulClientOptions { Address = address });
}
