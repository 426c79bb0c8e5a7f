using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Sessions;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Tests.Durability;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Sessions;

public class SessionTests
{
    [Fact]
    public async Task TtlBelowTheLeast_IsRefused()
    {
        static AgentConfiguration Read()
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("x", "session_ttl_min = \"30s\"", "hcl");
            return configuration;
        }

        await using var agent = await AgentFixture.StartAsync(configuration: Read);
        var refused = await agent.SendAsync("PUT", "session/create", """{"TTL":"10s"}""");

        // Word for word Consul's.
        Assert.Contains("Invalid Session TTL '10000000000', must be between [30s=24h0m0s]", refused.Body, StringComparison.Ordinal);
        await agent.PutAsync("session/create", """{"TTL":"30s"}""");
    }

    [Fact]
    public async Task Session_NotRenewed_EndsAfterTwiceItsTtl()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = await CreateAsync(agent, """{"TTL":"10s","LockDelay":"0s"}""");
        await agent.PutAsync($"kv/lock?acquire={id}", "v");

        agent.Time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.True(await ExistsAsync(agent, id));
        agent.Time.Advance(TimeSpan.FromSeconds(0.2));

        await Eventually.TrueAsync(async () => !await ExistsAsync(agent, id));
        var pair = (await agent.GetAsync("kv/lock")).Json![0]!;
        Assert.Null(pair["Session"]);
        Assert.Equal(1UL, pair["LockIndex"]!.GetValue<ulong>());
    }

    [Fact]
    public async Task Session_Renewed_LivesOn()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = await CreateAsync(agent, """{"TTL":"10s"}""");
        for (var i = 0; i < 5; i++)
        {
            agent.Time.Advance(TimeSpan.FromSeconds(15));
            await agent.PutAsync($"session/renew/{id.ToUpperInvariant()}");
        }

        agent.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.True(await ExistsAsync(agent, id));
        agent.Time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(async () => !await ExistsAsync(agent, id));
    }

    [Fact]
    public async Task LockDelay_KeepsOthersFromALockThatDiedWithItsSession()
    {
        await using var agent = await AgentFixture.StartAsync();
        var (first, second) = (await CreateAsync(agent, """{"LockDelay":"15s"}"""), await CreateAsync(agent, "{}"));
        await agent.PutAsync($"kv/lock?acquire={first}", "v");
        await agent.PutAsync($"session/destroy/{first}");

        Assert.Equal("false", (await agent.SendAsync("PUT", $"kv/lock?acquire={second}", "w")).Body);
        agent.Time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.Equal("false", (await agent.SendAsync("PUT", $"kv/lock?acquire={second}", "w")).Body);
        agent.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("true", (await agent.SendAsync("PUT", $"kv/lock?acquire={second}", "w")).Body);
        Assert.Equal(2UL, (await agent.GetAsync("kv/lock")).Json![0]!["LockIndex"]!.GetValue<ulong>());
    }

    [Fact]
    public async Task LockDelay_IsAMinuteAtMost()
    {
        await using var agent = await AgentFixture.StartAsync();
        var (first, second) = (await CreateAsync(agent, """{"LockDelay":"1h"}"""), await CreateAsync(agent, "{}"));
        Assert.Equal(3_600_000_000_000, (await agent.GetAsync($"session/info/{first}")).Json![0]!["LockDelay"]!.GetValue<long>());
        await agent.PutAsync($"kv/lock?acquire={first}", "v");
        await agent.PutAsync($"session/destroy/{first}");

        agent.Time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Equal("false", (await agent.SendAsync("PUT", $"kv/lock?acquire={second}", "w")).Body);
        agent.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("true", (await agent.SendAsync("PUT", $"kv/lock?acquire={second}", "w")).Body);
    }

    [Fact]
    public async Task EndThatCannotBeKept_IsTriedAgain()
    {
        var time = new FakeTimeProvider();
        var journal = new FailingJournal();
        var store = new StateStore(time, journal, null, null);
        var node = new CatalogNode { Node = "n1", Address = "127.0.0.1", Datacenter = "dc1" };
        var own = new HealthCheck { Node = "n1", CheckId = "serfHealth", Status = CheckStatus.Passing };
        await store.ApplyAsync(new AnnounceAgent(node, new NodeService { Id = "consul", Service = "consul" }, own));
        var session = new Session { Id = "11111111-1111-1111-1111-111111111111", Node = "n1", Ttl = "10s" };
        Assert.Null(await store.ApplyAsync(new CreateSession(session)));
        await using var timers = new SessionTimers(store, time, NullLoggerFactory.Instance);
        timers.Start(session.Id, TimeSpan.FromSeconds(10));

        journal.Fails = true;
        time.Advance(TimeSpan.FromSeconds(20));
        await Eventually.TrueAsync(() => journal.Failed == 1);
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(10));
        Assert.NotNull(store.Root.Sessions.Find(session.Id));
        journal.Fails = false;
        time.Advance(TimeSpan.FromSeconds(10));

        await Eventually.TrueAsync(() => store.Root.Sessions.Find(session.Id) is null && timers.Count == 0);
    }

    [Fact]
    public async Task SessionThatASnapshotBringsBackAsItEnds_HasItsTtl()
    {
        const string id = "11111111-1111-1111-1111-111111111111";
        var (time, store) = (new FakeTimeProvider(), new StateStore());
        var session = new Session { Id = id, Node = "away", Ttl = "10s" };
        await store.ApplyAsync(new RegisterInCatalog(new CatalogNode { Node = "away", Address = "10.0.0.1" }, false, null, []));
        Assert.Null(await store.ApplyAsync(new CreateSession(session)));
        var content = new SnapshotContent();
        content.Add(new CatalogNode { Node = "away", Address = "10.0.0.1" });
        content.Add(session);
        using var logs = new HookedLoggerFactory();
        await using var timers = new SessionTimers(store, time, logs);
        timers.Start(id, TimeSpan.FromSeconds(10));
        var restored = false;

        // The log of its end, and what the restore does then.
        logs.OnLog = () =>
        {
            logs.OnLog = null;
            restored = store.ApplyAsync(new RestoreState(content)).AsTask().IsCompletedSuccessfully;
            timers.Restart();
        };
        time.Advance(TimeSpan.FromSeconds(20));

        Assert.True(restored);
        Assert.NotNull(store.Root.Sessions.Find(id));
        Assert.Equal(1, timers.Count);
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(store.Root.Sessions.Find(id));
        Assert.Equal(0, timers.Count);
    }

    [Fact]
    public async Task LockDelay_OfATransactionThatIsTakenBack_DoesNotBegin()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("catalog/register", """{"Node":"away","Address":"10.0.0.1"}""");
        var (away, here) = (await CreateAsync(agent, """{"Node":"away","NodeChecks":[]}"""), await CreateAsync(agent, "{}"));
        await agent.PutAsync($"kv/lock?acquire={away}", "v");

        var failed = await agent.SendAsync(
            "PUT", "txn", """[{"Node":{"Verb":"delete","Node":{"Node":"away"}}},{"KV":{"Verb":"get","Key":"none"}}]""");
        Assert.Equal(409, (int)failed.Status);
        Assert.True(await ExistsAsync(agent, away));
        await agent.PutAsync($"kv/lock?release={away}", "v");

        Assert.Equal("true", (await agent.SendAsync("PUT", $"kv/lock?acquire={here}", "w")).Body);
    }

    [Fact]
    public async Task ListOfSessions_WakesAtTheEndOfOne()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = await CreateAsync(agent, "{}");
        var blocked = await agent.BlockAsync("session/list", await agent.IndexAsync("session/list"));

        await agent.PutAsync("kv/elsewhere", "v");
        Assert.False(blocked.IsCompleted);
        await agent.PutAsync($"session/destroy/{id}");

        Assert.Empty((await blocked.WithinAsync()).Json!.AsArray());
    }

    [Fact]
    public async Task KeyOfALock_WakesItsWatcher_WhenTheSessionEnds()
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = await CreateAsync(agent, """{"Behavior":"delete"}""");
        await agent.PutAsync($"kv/lock?acquire={id}", "v");
        var blocked = await agent.BlockAsync("kv/lock", await agent.IndexAsync("kv/lock"));

        await agent.PutAsync($"session/destroy/{id}");

        Assert.Equal(404, (int)(await blocked.WithinAsync()).Status);
    }

    private static async Task<string> CreateAsync(AgentFixture agent, string body) =>
        (await agent.SendAsync("PUT", "session/create", body)).Json!["ID"]!.GetValue<string>();

    private static async Task<bool> ExistsAsync(AgentFixture agent, string id) => (await agent.GetAsync($"session/info/{id}")).Json!.AsArray().Count == 1;

    /// <summary>Does something where a line is logged.</summary>
    private sealed class HookedLoggerFactory : ILoggerFactory, ILogger
    {
        public Action? OnLog { get; set; }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => OnLog?.Invoke();

        public void Dispose()
        {
        }
    }
}
