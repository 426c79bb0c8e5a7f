using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Txn;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests.Sessions;

public class SessionStateTests
{
    private const string First = "11111111-1111-1111-1111-111111111111";
    private const string Second = "22222222-2222-2222-2222-222222222222";

    [Fact]
    public async Task Session_EndsInTheCommitThatMakesItsCheckCritical()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        await store.SetAsync("c", CheckStatus.Passing);
        await CreateAsync(store, First, serviceCheck: "C");
        Assert.True((await LockAsync(store, "k", First)).Locked);

        await store.SetAsync("c", CheckStatus.Critical);

        Assert.Empty(store.Root.Sessions.Sessions);
        Assert.Empty(store.Root.Sessions.Held);
        Assert.Empty(store.Root.Sessions.Dependents);
        Assert.Null(store.Root.Kv.Find("k")!.Session);
        Assert.Equal(store.Root.Index, store.Root.Sessions.Index);
        Assert.Equal(store.Root.Index, store.Root.Catalog.ChecksIndex);
    }

    [Fact]
    public async Task QueriesThatAreBoundToASession_EndWithIt_AndNoOthers()
    {
        var store = await StoreFixture.CreateAsync();
        await CreateAsync(store, First);
        await CreateAsync(store, Second);
        await SetAsync(1, First);
        await SetAsync(2, First);
        await SetAsync(2, Second);
        await SetAsync(3, Second);
        await SetAsync(4, First);
        await SetAsync(4, "");
        await SetAsync(5, First);
        await store.Store.ApplyAsync(new DeleteQuery(Id(5)));
        Assert.Equal(3, store.Root.Records.BoundQueries.Values.Sum(static keys => keys.Count));

        await store.Store.ApplyAsync(new EndSession(First));

        Assert.Equal([Id(2), Id(3), Id(4)], store.Root.Records.Queries.Rows.Values.Select(static query => query.Id));
        await store.Store.ApplyAsync(new EndSession(Second));
        Assert.Equal([Id(4)], store.Root.Records.Queries.Rows.Values.Select(static query => query.Id));
        Assert.Empty(store.Root.Records.BoundQueries);

        async Task SetAsync(int id, string session) =>
            Assert.Null(await store.Store.ApplyAsync(new SetQuery(new PreparedQuery { Id = Id(id), Name = $"q{id}", Service = "s", Session = session }, Create: true)));

        static string Id(int number) => $"00000000-0000-0000-0000-00000000000{number}";
    }

    [Fact]
    public async Task Session_OutlivesAnotherOnesCheck()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: ["c1", "c2"]);
        await store.SetAsync("c1", CheckStatus.Passing);
        await store.SetAsync("c2", CheckStatus.Passing);
        await CreateAsync(store, First, serviceCheck: "c1");
        await CreateAsync(store, Second, serviceCheck: "c2");

        await store.DeregisterAsync("nobody");
        await store.SetAsync("c2", CheckStatus.Critical);

        Assert.NotNull(store.Root.Sessions.Find(First));
        Assert.Null(store.Root.Sessions.Find(Second));
    }

    [Theory]
    [InlineData("web", "")]
    [InlineData("", "web")]
    [InlineData("web", "db")]
    [InlineData("web", "WEB")]
    public async Task Session_OutlivesThatItsCheckIsOfAnotherService(string from, string to)
    {
        var store = await StoreFixture.CreateAsync();
        string[] services = ["web", "db", "WEB"];
        foreach (var service in services)
        {
            await store.RegisterAsync(service);
            await store.Store.ApplyAsync(new RegisterInCatalog(new CatalogNode { Node = "other", Address = "10.0.0.1" }, false, new NodeService { Id = service, Service = service }, []));
        }

        var theirs = new HealthCheck { Node = "other", CheckId = "theirs", Status = CheckStatus.Passing, ServiceId = from };
        await store.Store.ApplyAsync(new RegisterInCatalog(new CatalogNode { Node = "other" }, true, null, [theirs]));
        await store.Store.ApplyAsync(new RegisterCheck(StoreFixture.ServiceCheck(from, "c")));
        await store.SetAsync("c", CheckStatus.Passing);
        await CreateAsync(store, First, serviceCheck: "c");
        Assert.Null(await store.Store.ApplyAsync(new CreateSession(new Session { Id = Second, Node = "other", NodeChecks = ["theirs"] })));

        await store.Store.ApplyAsync(new RegisterCheck(StoreFixture.ServiceCheck(to, "c")));
        await store.Store.ApplyAsync(new RegisterInCatalog(new CatalogNode { Node = "other" }, true, null, [theirs with { ServiceId = to }]));

        Assert.Equal([First, Second], store.Root.Sessions.Sessions.Values.Select(static session => session.Id));
        foreach (var (node, check) in ((string, string)[])[(StoreFixture.NodeName, "c"), ("other", "theirs")])
        {
            var entry = store.Root.Catalog.FindNode(node)!;
            Assert.Equal(to, entry.Checks[check].ServiceId);
            Assert.Equal(to.Length == 0, entry.NodeChecks.ContainsKey(check));
            Assert.All(
                services.DistinctBy(CatalogKey.Of),
                id => Assert.Equal(CatalogKey.Of(id) == CatalogKey.Of(to), store.Root.Catalog.FindInstance(node, id)!.Checks.ContainsKey(check)));
        }

        await store.SetAsync("c", CheckStatus.Critical);
        Assert.Null(store.Root.Sessions.Find(First));
    }

    [Fact]
    public async Task Session_OutlivesANodeThatReadsLikeItsNodeAndItsCheck()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        await store.SetAsync("c", CheckStatus.Passing);
        await CreateAsync(store, First, serviceCheck: "c");
        var node = new CatalogNode { Node = StoreFixture.NodeName + "\0c", Address = "10.0.0.1" };
        await store.Store.ApplyAsync(new RegisterInCatalog(node, SkipNodeUpdate: false, null, []));

        Assert.Empty(store.Root.Sessions.OfNode(node.Node));
        await store.Store.ApplyAsync(new DeregisterFromCatalog(node.Node, "", ""));

        Assert.NotNull(store.Root.Sessions.Find(First));
    }

    [Fact]
    public async Task Session_OnACriticalOrUnknownCheck_IsRefused()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        var index = store.Root.Index;

        Assert.Equal("Check 'c' is in critical state", await CreateAsync(store, First, serviceCheck: "c"));
        Assert.Equal("Missing check 'x' registration", await CreateAsync(store, First, serviceCheck: "x"));
        Assert.Equal(index, store.Root.Index);
    }

    [Fact]
    public async Task HeldKeys_FollowEveryWayToLoseALock()
    {
        var store = await StoreFixture.CreateAsync();
        await CreateAsync(store, First);
        foreach (var key in new[] { "a", "b", "c" })
        {
            Assert.True((await LockAsync(store, key, First)).Locked);
        }

        Assert.Equal(["a", "b", "c"], Assert.Single(store.Root.Sessions.Held).Value);
        Assert.True((await store.Store.ApplyAsync(new KvUnlock("a", [], 0, First))).Unlocked);
        await store.Store.ApplyAsync(new KvDelete("b", null));
        Assert.Equal(["c"], Assert.Single(store.Root.Sessions.Held).Value);
        await store.Store.ApplyAsync(new KvDeleteTree(""));
        Assert.Empty(store.Root.Sessions.Held);
    }

    [Fact]
    public async Task Transaction_ThatFails_ChangesNothingAndWakesNobody()
    {
        var store = await StoreFixture.CreateAsync();
        await CreateAsync(store, First);
        await LockAsync(store, "k", First);
        var root = store.Root;

        var woken = await store.WokenByAsync(
            async () =>
            {
                var (results, faults) = await store.Store.ApplyAsync(new RunTransaction(
                [
                    new KvOperation("set", "new", [1], 0, 0, ""),
                    new KvOperation("delete", "k", null, 0, 0, ""),
                    new NodeOperation("delete", new CatalogNode { Node = StoreFixture.NodeName }),
                    new KvOperation("check-not-exists", "new", null, 0, 0, ""),
                ]));
                Assert.Empty(results);
                Assert.Equal(new TxnFault(3, "key \"new\" exists"), Assert.Single(faults));
            },
            Topic.Key("new"), Topic.Key("k"), Topic.Sessions, Topic.Nodes, Topic.Checks);

        Assert.Empty(woken);
        Assert.Same(root, store.Root);
    }

    [Fact]
    public async Task Transaction_IsOneCommit()
    {
        var store = await StoreFixture.CreateAsync();
        var index = store.Root.Index;

        await store.Store.ApplyAsync(new RunTransaction([new KvOperation("set", "a", [1], 0, 0, ""), new KvOperation("set", "b", [1], 0, 0, "")]));

        Assert.Equal(index + 1, store.Root.Index);
        Assert.Equal(store.Root.Index, store.Root.Kv.Find("a")!.ModifyIndex);
        Assert.Equal(store.Root.Index, store.Root.Kv.Find("b")!.ModifyIndex);
    }

    private static async Task<string?> CreateAsync(StoreFixture store, string id, string? serviceCheck = null) =>
        await store.Store.ApplyAsync(new CreateSession(new Session
        {
            Id = id,
            Node = StoreFixture.NodeName,
            Behavior = SessionBehavior.Release,
            ServiceChecks = serviceCheck is null ? null : [new SessionServiceCheck(serviceCheck, "")],
        }));

    private static async Task<(bool Locked, string? Fault)> LockAsync(StoreFixture store, string key, string session) =>
        await store.Store.ApplyAsync(new KvLock(key, [1], 0, session));
}
