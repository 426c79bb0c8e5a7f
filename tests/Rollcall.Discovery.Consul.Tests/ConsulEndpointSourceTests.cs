using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

public sealed class ConsulEndpointSourceTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private readonly StubConsul _stub = new();
    private readonly ConsulClient _client;
    private readonly CancellationTokenSource _stop = new();

    public ConsulEndpointSourceTests() => _client = _stub.Client();

    public void Dispose()
    {
        _stop.Dispose();
        _client.Dispose();
        _log.Dispose();
    }

    private static string Entry(
        string id, string address = "10.0.0.1", int port = 80, string more = "", string status = "passing", string output = "") => $$"""
        {"Node":{"Node":"node-7","Address":"10.9.9.9","Datacenter":"dc1"},
         "Service":{"ID":"{{id}}","Service":"orders","Address":"{{address}}","Port":{{port}}{{more}} },
         "Checks":[{"CheckID":"c","Name":"TTL","Status":"{{status}}","Output":"{{output}}"}]}
        """;

    private IAsyncEnumerator<EndpointUpdate> Watch(ServiceQuery? query = null) =>
        new ConsulEndpointSource(_client, timeProvider: _time, loggerFactory: _log)
            .WatchAsync(query ?? new ServiceQuery("orders"), _stop.Token).GetAsyncEnumerator();

    private IAsyncEnumerator<EndpointUpdate> Watch(ConsulEndpointSourceOptions options) =>
        new ConsulEndpointSource(_client, options, _time, _log).WatchAsync(new ServiceQuery("orders"), _stop.Token).GetAsyncEnumerator();

    private static async Task<EndpointUpdate> NextAsync(IAsyncEnumerator<EndpointUpdate> updates)
    {
        Assert.True(await updates.MoveNextAsync().AsTask().WithinAsync());
        return updates.Current;
    }

    private async Task<EndpointUpdate> OnlyAsync(string json, ServiceQuery? query = null)
    {
        _stub.Answer(json, 7);
        return await NextAsync(Watch(query));
    }

    [Fact]
    public async Task Instance_IsMappedWithEverythingItWasRegisteredWith()
    {
        var update = await OnlyAsync(
            $"[{Entry("orders-1", more: """, "Tags":["v1","eu"], "Meta":{"version":"1.2"}, "Weights":{"Passing":5,"Warning":2}""")}]");

        var endpoint = Assert.Single(update.Endpoints);
        Assert.Equal("orders-1", endpoint.Id);
        Assert.Equal("10.0.0.1:80", endpoint.Authority);
        Assert.Equal("orders", endpoint.ServiceName);
        Assert.Equal(5, endpoint.Weight);
        Assert.Equal(["v1", "eu"], endpoint.Tags.AsEnumerable());
        Assert.Equal("1.2", endpoint.Metadata["version"]);
        Assert.Equal("node-7", endpoint.Node);
        Assert.Equal("dc1", endpoint.Datacenter);
        Assert.Equal(7u, update.Index);
        Assert.Null(update.Doubt);
        Assert.Null(update.Note);
    }

    [Fact]
    public async Task NoServiceAddress_TheNodesAddressIsUsedAndNeverItsName()
    {
        var update = await OnlyAsync($"[{Entry("orders-1", address: "")}]");

        Assert.Equal("10.9.9.9", Assert.Single(update.Endpoints).Host);
    }

    [Fact]
    public async Task AddressInBrackets_IsUnwrapped()
    {
        var update = await OnlyAsync($"[{Entry("orders-1", address: "[fd00::1]")}]");

        Assert.Equal("[fd00::1]:80", Assert.Single(update.Endpoints).Authority);
    }

    [Fact]
    public async Task PortZero_IsLeftOutAndSaid()
    {
        var update = await OnlyAsync($"[{Entry("orders-1", port: 0)},{Entry("orders-2")}]");

        Assert.Equal("orders-2", Assert.Single(update.Endpoints).Id);
        Assert.Contains("1 of 2", update.Note, StringComparison.Ordinal);
        Assert.Contains("port 0: orders-1", update.Note, StringComparison.Ordinal);
        Assert.Contains(_log.Entries, e => e.Message.Contains("orders-1", StringComparison.Ordinal));
    }

    public static TheoryData<string> NoHosts => ["10.0.0.1:80", "http://10.0.0.1", "bad host", "user@10.0.0.1", "10.0.0.1/x", "10.0.0.1\\\\x", "10.0.0.1?x", "10.0.0.1#x", "[10.0.0.1", "_a/x", new('a', 300)];

    [Theory]
    [MemberData(nameof(NoHosts))]
    public async Task AddressThatIsNone_IsLeftOutAndSaid(string address)
    {
        var update = await OnlyAsync($"[{Entry("orders-1", address: address)},{Entry("orders-2")}]");

        Assert.Equal("orders-2", Assert.Single(update.Endpoints).Id);
        Assert.Contains("1 of 2", update.Note, StringComparison.Ordinal);
        Assert.Contains("usable address or with port 0: orders-1", update.Note, StringComparison.Ordinal);
        Assert.Contains(_log.Entries, e => e.Message.Contains("orders-1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("my_host.example")]
    [InlineData("host.")]
    [InlineData("fe80::1%eth0")]
    [InlineData("_a.test")]
    [InlineData("-c.test")]
    [InlineData("a.-b")]
    public async Task NamesAndAddresses_AreTakenAsTheyAre(string address) =>
        Assert.Equal(address, Assert.Single((await OnlyAsync($"[{Entry("orders-1", address: address)}]")).Endpoints).Host);

    [Fact]
    public async Task TaggedAddresses_AreUnwrappedAndThoseThatAreNoneLeftOut()
    {
        const string Tagged = """
            , "TaggedAddresses":{"metrics":{"Address":"[::1]","Port":81}, "own":{"Address":"[fd00::1]","Port":80}, "wrong":{"Address":"http://10.0.0.1","Port":82}}
            """;
        var endpoint = Assert.Single((await OnlyAsync($"[{Entry("orders-1", address: "fd00::1", more: Tagged)}]")).Endpoints);

        Assert.Equal("[::1]:81", endpoint.At("metrics")?.Authority);
        Assert.Single(endpoint.Addresses);
    }

    [Theory]
    [InlineData("passing", 5)]
    [InlineData("warning", 2)]
    public async Task Weight_FollowsTheChecks(string status, int weight)
    {
        var update = await OnlyAsync($"[{Entry("a", more: """, "Weights":{"Passing":5,"Warning":2}""", status: status)}]");

        Assert.Equal(weight, Assert.Single(update.Endpoints).Weight);
    }

    [Fact]
    public async Task Query_IsSentInFull()
    {
        var query = new ServiceQuery("orders") { Tags = ["v1", "eu"], Datacenters = ["dc2"], Near = "_agent", Filter = "Service.Port == 80" };
        await OnlyAsync("[]", query);

        Assert.True(_stub.Requests.TryPeek(out var sent));
        Assert.StartsWith("/v1/health/service/orders?", sent, StringComparison.Ordinal);
        foreach (var part in new[] { "passing=1", "tag=v1", "tag=eu", "dc=dc2", "near=_agent", "filter=Service.Port%20%3D%3D%2080", "stale" })
        {
            Assert.Contains(part, sent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WaitIsOver_TheAnswerIsReadAndNothingIsAskedOrLoggedTwice()
    {
        _stub.Answer("[]", 7).Answer("[]", 7).Answer($"[{Entry("a", port: 0)}]", 7).Answer($"[{Entry("a", port: 0)}]", 7).Answer("[]", 8);
        await using var watch = Watch();

        Assert.Empty((await NextAsync(watch)).Endpoints);
        Assert.Contains("none is registered", (await NextAsync(watch)).Note, StringComparison.Ordinal);
        Assert.Equal(1, Explained());
        await NextAsync(watch);
        Assert.Contains("port 0: a", (await NextAsync(watch)).Note, StringComparison.Ordinal);
        Assert.Single(_log.Entries, static e => e.Message.Contains("port 0", StringComparison.Ordinal));
        Assert.Contains("none is registered", (await NextAsync(watch)).Note, StringComparison.Ordinal);
        Assert.Equal(2, Explained());

        int Explained() => _stub.Requests.Count(static asked => !asked.Contains("passing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NoneMatches_SaysWhatThereIs()
    {
        _stub.Everything = $"""[{Entry("a", more: ", \"Tags\":[\"v1\"]", status: "critical", output: "connection refused")},{Entry("b")}]""";

        var update = await OnlyAsync("[]", new ServiceQuery("orders") { Tags = ["v1"] });

        Assert.Equal("2 registered, 1 without tag v1, 1 not passing (a: TTL is critical, connection refused)", update.Note);
    }

    [Fact]
    public async Task NoLeader_IsDoubtedAndAskedAgainUntilThereIsOne()
    {
        var updates = Watch();
        _stub.Answer($"[{Entry("a")}]", 7, leader: false).Answer($"[{Entry("a")}]", 7, leader: false).Answer($"[{Entry("a")}]", 7);

        Assert.Contains("knows no leader", (await NextAsync(updates)).Doubt, StringComparison.Ordinal);
        var second = NextAsync(updates);
        await _time.WaitForTimersAsync(1);
        Assert.InRange(_time.NextTimerDueIn!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull((await second).Doubt);
        var third = NextAsync(updates);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null((await third).Doubt);

        var next = NextAsync(updates);
        await Eventually.TrueAsync(() => _stub.Requests.Count == 4);
        Assert.Contains("index=7", _stub.Requests.Last(), StringComparison.Ordinal);
        _stub.Answer("[]", 8);
        Assert.Empty((await next).Endpoints);
    }

    [Fact]
    public async Task LeaderlessInterval_IsHowOftenIsAskedForALeader()
    {
        var consul = new LeaderlessConsul();
        using var client = consul.Client();
        await using var directory = new EndpointDirectory(
            new ConsulEndpointSource(client, new ConsulEndpointSourceOptions { LeaderlessInterval = TimeSpan.FromMinutes(2) }, _time),
            new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero },
            _time,
            _log);
        await using var watch = directory.Watch(new ServiceQuery("s"));
        for (var asked = 1; asked <= 5; asked++)
        {
            await Eventually.TrueAsync(() => consul.Requests == asked);
            await _time.WaitForTimersAsync(1);
            Assert.InRange(_time.NextTimerDueIn!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
            _time.Advance(_time.NextTimerDueIn!.Value);
        }
    }

    [Fact]
    public async Task NoLeaderForManyLists_OneAsksForAll_AndTheyDontComeBackInOneMoment()
    {
        const int Count = 200;
        var consul = new LeaderlessConsul();
        using var client = consul.Client();
        await using var directory = new EndpointDirectory(
            new ConsulEndpointSource(client, timeProvider: _time),
            new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero },
            _time,
            _log);
        EndpointWatch[] watches = [.. Enumerable.Range(0, Count).Select(i => directory.Watch(new ServiceQuery($"s{i}")))];
        await Eventually.TrueAsync(() => watches.All(static watch => watch.Current is { Freshness: SnapshotFreshness.Suspect }));

        // As of one list: a question every 1 to 2 seconds.
        var began = _time.GetUtcNow();
        for (var i = 1; i <= 30; i++)
        {
            await _time.WaitForTimersAsync(1);
            _time.Advance(_time.NextTimerDueIn!.Value);
            await Eventually.TrueAsync(() => consul.Requests == Count + i);
        }

        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));

        // The first to hear of the leader goes on to wait for a change; the others have a moment of their own each.
        await _time.WaitForTimersAsync(1);
        consul.HasLeader = true;
        var before = consul.Requests;
        _time.Advance(_time.NextTimerDueIn!.Value);
        Assert.InRange(await Eventually.SettledAsync(() => consul.Requests) - before, 2, 20);
        var most = 0;
        for (var i = 0; i < 10; i++)
        {
            var fresh = Fresh();
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Eventually.SettledAsync(() => consul.Requests);
            most = Math.Max(most, Fresh() - fresh);
        }

        await Eventually.TrueAsync(() => Fresh() == Count, because: () => $"{Fresh()} are fresh, {_time.PendingTimers} wait");
        Assert.InRange(most, 1, Count / 4);
        Assert.InRange(consul.MostOpen, 1, 96);

        int Fresh() => watches.Count(static watch => watch.Current!.Freshness == SnapshotFreshness.Fresh);
    }

    [Fact]
    public async Task ManyWatchersOfOneService_HaveOneRequestOpenAndTheLastToLeaveAbortsIt()
    {
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(_client), loggerFactory: _log);
        EndpointWatch[] watches = [.. Enumerable.Range(0, 50).Select(_ => directory.Watch(new ServiceQuery("orders")))];
        _stub.Answer($"[{Entry("a")}]", 7);
        await watches[0].FirstAsync().AsTask().WithinAsync();
        await Eventually.TrueAsync(() => _stub.Open == 1 && _stub.Requests.Count == 2);

        foreach (var watch in watches)
        {
            await watch.DisposeAsync();
        }

        Assert.Equal(0, _stub.Open);
        Assert.Equal(2, _stub.Requests.Count);
    }

    [Fact]
    public async Task OneChange_IsOneRequest()
    {
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(_client), loggerFactory: _log);
        await using var watch = directory.Watch(new ServiceQuery("orders"));
        for (ulong index = 1; index <= 20; index++)
        {
            _stub.Answer($"[{Entry("a")},{Entry("b" + index)}]", index);
            await Eventually.TrueAsync(() => watch.Current?.Index == index);
        }

        await Eventually.TrueAsync(() => _stub.Open == 1);
        Assert.Equal(21, _stub.Requests.Count);
    }

    [Fact]
    public async Task AgentLosesItsStateUnderTheWatch_CallersKeepTheList()
    {
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(_client), loggerFactory: _log);
        await using var watch = directory.Watch(new ServiceQuery("orders"));
        _stub.Answer($"[{Entry("a")},{Entry("b")}]", 70);
        await watch.FirstAsync().AsTask().WithinAsync();

        _stub.Answer("[]", 5).Answer("[]", 5);

        await Eventually.TrueAsync(() => watch.Current!.Freshness == SnapshotFreshness.Suspect);
        Assert.Equal(2, watch.Current!.Endpoints.Length);
        Assert.Contains("backwards from 70 to 5", watch.Current.Reason, StringComparison.Ordinal);
        _stub.Answer($"[{Entry("a")},{Entry("b")}]", 9);
        await Eventually.TrueAsync(() => watch.Current!.Freshness == SnapshotFreshness.Fresh);
    }

    [Fact]
    public async Task ServerTooFarBehindItsLeader_TheLeaderIsAsked()
    {
        _stub.Answer($"[{Entry("orders-1")}]", 7, lastContact: 5001).Answer($"[{Entry("orders-2")}]", 9);
        await using var watch = Watch(new ConsulEndpointSourceOptions { MaxStaleness = TimeSpan.FromSeconds(5) });

        var update = await NextAsync(watch);

        Assert.Equal("orders-2", Assert.Single(update.Endpoints).Id);
        Assert.Null(update.Doubt);
        Assert.Equal(["/v1/health/service/orders?stale&passing=1", "/v1/health/service/orders?passing=1"], _stub.Requests);
    }

    [Fact]
    public async Task ServerTooFarBehindALeaderThatCantBeAsked_IsDoubted()
    {
        _stub.Answer($"[{Entry("orders-1")}]", 7, lastContact: 5001).Answer("No cluster leader", 1, leader: false, status: 500);
        await using var watch = Watch(new ConsulEndpointSourceOptions { MaxStaleness = TimeSpan.FromSeconds(5) });

        var update = await NextAsync(watch);

        Assert.Equal("orders-1", Assert.Single(update.Endpoints).Id);
        Assert.Contains("last heard from the leader 5 s ago", update.Doubt, StringComparison.Ordinal);
        Assert.Contains("No cluster leader", update.Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerNotTooFarBehind_IsBelieved()
    {
        _stub.Answer($"[{Entry("orders-1")}]", 7, lastContact: 5000);
        await using var watch = Watch(new ConsulEndpointSourceOptions { MaxStaleness = TimeSpan.FromSeconds(5) });

        Assert.Null((await NextAsync(watch)).Doubt);
        Assert.Single(_stub.Requests);
    }

    [Fact]
    public async Task LeaderIsLostUnderTheWatch_IsDoubtedThoughTheIndexIsTheSame()
    {
        _stub.Answer($"[{Entry("a")}]", 7).Answer($"[{Entry("a")}]", 7).Answer($"[{Entry("a")}]", 7, leader: false);
        await using var watch = Watch();
        Assert.Null((await NextAsync(watch)).Doubt);
        Assert.Null((await NextAsync(watch)).Doubt);

        Assert.Contains("knows no leader", (await NextAsync(watch)).Doubt, StringComparison.Ordinal);

        Assert.Equal(3, _stub.Requests.Count);
    }

    [Fact]
    public async Task ServerFallsBehindUnderTheWatch_TheLeaderIsAskedUntilItHasCaughtUp()
    {
        _stub.Answer($"[{Entry("orders-1")}]", 7);
        await using var watch = Watch(new ConsulEndpointSourceOptions { MaxStaleness = TimeSpan.FromSeconds(5) });
        await NextAsync(watch);

        for (ulong index = 8; index < 10; index++)
        {
            _stub.Answer($"[{Entry("orders-1")}]", 7, lastContact: 5001).Answer($"[{Entry("orders-2")}]", index);
            var update = await NextAsync(watch);
            Assert.Equal("orders-2", Assert.Single(update.Endpoints).Id);
            Assert.Equal(index, update.Index);
        }

        _stub.Answer($"[{Entry("orders-1")}]", 7);
        Assert.Equal(7UL, (await NextAsync(watch)).Index);
    }

    [Fact]
    public async Task AgentCache_IsAskedFor()
    {
        _stub.Answer("[]", 7);
        await using var watch = Watch(new ConsulEndpointSourceOptions { UseAgentCache = true });

        await NextAsync(watch);

        Assert.Equal("/v1/health/service/orders?stale&cached&passing=1", _stub.Requests.First());
    }

    [Fact]
    public async Task AgentCacheThatNoLongerHearsFromAServer_IsDoubted()
    {
        _stub.Answer($"[{Entry("orders-1")}]", 7, cacheAge: 0).Answer($"[{Entry("orders-1")}]", 8, cacheAge: 120);
        await using var watch = Watch(new ConsulEndpointSourceOptions { UseAgentCache = true });

        Assert.Null((await NextAsync(watch)).Doubt);
        Assert.Contains("last heard from a server 120 s ago", (await NextAsync(watch)).Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AgentCacheTooFarBehind_IsPassedBy()
    {
        _stub.Answer($"[{Entry("orders-1")}]", 7, cacheAge: 11).Answer("No cluster leader", 1, leader: false, status: 500);
        await using var watch = Watch(new ConsulEndpointSourceOptions { UseAgentCache = true, MaxStaleness = TimeSpan.FromSeconds(10) });

        var update = await NextAsync(watch);

        Assert.Contains("last heard from a server 11 s ago", update.Doubt, StringComparison.Ordinal);
        Assert.Equal(["/v1/health/service/orders?stale&cached&passing=1", "/v1/health/service/orders?passing=1"], _stub.Requests);
    }

    [Fact]
    public void OptionsThatContradict_AreRefused()
    {
        Assert.ThrowsAny<ArgumentException>(() => new ConsulEndpointSource(
            _client, new ConsulEndpointSourceOptions { UseAgentCache = true, Consistency = ConsulConsistency.Consistent }));
        Assert.ThrowsAny<ArgumentException>(() => new ConsulEndpointSource(_client, new ConsulEndpointSourceOptions { MaxStaleness = TimeSpan.Zero }));
        var error = Assert.Throws<ArgumentException>(() => new PreparedQueryEndpointSource(_client, new PreparedQuerySourceOptions { Interval = TimeSpan.Zero }));
        Assert.Contains("Interval must be from 00:00:00.1000000 to 01:00:00, and is 00:00:00", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WarningToo_LetsInWhatWarnsAtItsWeight_AndCriticalOnesStayOut()
    {
        const string Weights = """, "Weights":{"Passing":5,"Warning":2}""";
        _stub.Everything = $"[{Entry("a", more: Weights)},{Entry("b", more: Weights, status: "warning")},{Entry("c", more: Weights, status: "critical")}]";

        var update = await NextAsync(Watch(new ServiceQuery("orders") { WarningToo = true }));

        Assert.Equal([("a", 5), ("b", 2)], update.Endpoints.Select(static e => (e.Id, e.Weight)));
        Assert.Null(update.Note);
        Assert.DoesNotContain("passing", Assert.Single(_stub.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WarningToo_NothingButCriticalOnes_SaysSo()
    {
        _stub.Everything = $"[{Entry("a", status: "critical", output: "connection refused")}]";

        var update = await NextAsync(Watch(new ServiceQuery("orders") { WarningToo = true }));

        Assert.Empty(update.Endpoints);
        Assert.Equal("1 registered, 1 critical (a: TTL is critical, connection refused)", update.Note);
    }
}
