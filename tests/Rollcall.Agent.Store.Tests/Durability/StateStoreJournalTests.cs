using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Txn;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Store.Tests.Durability;

public sealed class StateStoreJournalTests : IDisposable
{
    private readonly FakeJournal _journal = new();
    private readonly StateStore _store;

    public StateStoreJournalTests() => _store = new StateStore(journal: _journal);

    [Fact]
    public async Task Change_IsSeenByNobodyBeforeItIsWritten()
    {
        _journal.Hold();
        using var watch = _store.Watches.Subscribe(Topic.Key("k"));
        var put = Task.Run(() => PutAsync("k", "v").AsTask());
        await _journal.Entered.WaitAsync().WithinAsync();

        Assert.Null(_store.Root.Kv.Find("k"));
        Assert.False(watch.Changed.IsCompleted);

        // Answered without a change, but what it says rests on one that is not written yet.
        var conflict = _store.ApplyAsync(new KvPut("k", [1], 0, 0)).AsTask();
        Assert.False(put.IsCompleted || conflict.IsCompleted);

        _journal.Release();
        Assert.True(await put.WithinAsync());
        Assert.False(await conflict.WithinAsync());
        Assert.NotNull(_store.Root.Kv.Find("k"));
        await watch.Changed.WithinAsync();
    }

    [Fact]
    public async Task ChangesThatComeDuringAWrite_AreWrittenTogether()
    {
        _journal.Hold();
        var first = Task.Run(() => PutAsync("first", "v").AsTask());
        await _journal.Entered.WaitAsync().WithinAsync();
        var rest = Enumerable.Range(0, 50).Select(i => PutAsync($"k{i}", "v").AsTask()).ToList();
        _journal.Release();

        await Task.WhenAll([first, .. rest]).WithinAsync();
        Assert.Equal([1, 50], _journal.Batches);
        Assert.Equal(StoreRoot.Empty.Index + 51, _journal.Index);
    }

    [Fact]
    public async Task WriteThatFails_ChangesNothing_AndTheNextOneIsTried()
    {
        await PutAsync("kept", "v");
        var root = _store.Root;
        _journal.Fault = new StoreJournalException("no room");

        Assert.Equal("no room", (await Assert.ThrowsAsync<StoreJournalException>(async () => await PutAsync("lost", "v"))).Message);
        Assert.Same(root, _store.Root);
        Assert.True(await _store.ApplyAsync(new KvDelete("lost", 7)));

        _journal.Fault = null;
        await PutAsync("after", "v");
        Assert.Equal(root.Index + 1, _store.Root.Index);
        Assert.Equal(["after", "kept"], _store.Root.Kv.List("").Select(pair => pair.Key));
        AssertSame(_store.Root, _journal.Load());
    }

    [Fact]
    public async Task TransactionThatOnlyReads_NeitherWaitsForAWriteNorFailsWithIt()
    {
        await PutAsync("k", "old");
        _journal.Hold();
        var put = Task.Run(() => PutAsync("k", "new").AsTask());
        await _journal.Entered.WaitAsync().WithinAsync();

        var get = _store.ApplyAsync(new RunTransaction([new KvOperation("get", "k", null, 0, 0, "")]));

        Assert.True(get.IsCompletedSuccessfully);
        Assert.Equal("old"u8.ToArray(), Assert.Single((await get).Results).Kv!.Value);
        _journal.Fault = new IOException("broken");
        _journal.Release();
        await Assert.ThrowsAsync<StoreJournalException>(() => put).WithinAsync();
    }

    [Fact]
    public async Task LockDelay_DoesNotBegin_IfTheEndOfItsSessionIsNotKept()
    {
        const string First = "11111111-1111-1111-1111-111111111111";
        const string Second = "22222222-2222-2222-2222-222222222222";
        await _store.ApplyAsync(new RegisterInCatalog(new CatalogNode { Node = "n", Address = "127.0.0.1" }, SkipNodeUpdate: false, null, []));
        foreach (var id in (string[])[First, Second])
        {
            Assert.Null(await _store.ApplyAsync(new CreateSession(new Session { Id = id, Node = "n", LockDelay = 15_000_000_000 })));
        }

        Assert.True((await _store.ApplyAsync(new KvLock("k", [], 0, First))).Locked);
        _journal.Fault = new IOException("full");
        await Assert.ThrowsAsync<StoreJournalException>(async () => await _store.ApplyAsync(new EndSession(First)));

        _journal.Fault = null;
        Assert.True((await _store.ApplyAsync(new KvUnlock("k", [], 0, First))).Unlocked);
        Assert.True((await _store.ApplyAsync(new KvLock("k", [], 0, Second))).Locked);
    }

    [Fact]
    public async Task NodesWithAnyCharacters_AreReadAgain()
    {
        foreach (var node in (string[])["a", "a\0b", "a\u0001b", "a\u00010", "a\0\u0001\u00011"])
        {
            await _store.ApplyAsync(new RegisterInCatalog(
                new CatalogNode { Node = node, Address = "10.0.0.1" }, SkipNodeUpdate: false, new NodeService { Id = "b\0s", Service = "s" }, [new HealthCheck { Node = node, CheckId = "c" }]));
        }

        AssertSame(_store.Root, _journal.Load());
        Assert.All(_journal.Load().Catalog.Nodes.Values, static node => Assert.Equal((1, 1), (node.Services.Count, node.Checks.Count)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("web")]
    public async Task InstancesWhoseNamesTogetherReadTheSame_AreTwo(string? proxied)
    {
        var kind = proxied is null ? null : "connect-proxy";
        var proxy = proxied is null ? null : new ServiceProxy { DestinationServiceName = proxied };
        foreach (var (node, id) in ((string, string)[])[("a", "b\0c"), ("a\0b", "c")])
        {
            await _store.ApplyAsync(new RegisterInCatalog(
                new CatalogNode { Node = node, Address = "10.0.0.1" }, SkipNodeUpdate: false, new NodeService { Id = id, Service = "s", Kind = kind, Proxy = proxy }, []));
        }

        Assert.Equal(2, _store.Root.Catalog.FindService("s")!.Instances.Count);
        Assert.Equal(proxied is null ? [] : [(proxied, 2)], _store.Root.Catalog.Connected.Select(static pair => (pair.Key, pair.Value.Instances.Count)));
        AssertSame(_store.Root, _journal.Load());
        await _store.ApplyAsync(new DeregisterFromCatalog("a", "", ""));
        await _store.ApplyAsync(new DeregisterFromCatalog("a\0b", "", ""));
        Assert.Null(_store.Root.Catalog.FindService("s"));
        Assert.Empty(_store.Root.Catalog.Connected);
    }

    /// <summary>Many wait for the thread that brought the small one.</summary>
    [Fact]
    public async Task LargeChangeOfAnother_IsNotWrittenInTheTurnOfAThreadThatBringsCommands()
    {
        var turns = new TurnThread();
        using var journal = new FakeJournal();
        var store = new StateStore(journal: journal, currentThread: () => turns.IsCurrent ? turns : null);
        ValueTask<bool> small = default;
        turns.Run(() => small = store.ApplyAsync(new KvPut("small", [1], 0, null)));
        var content = new SnapshotContent();
        for (var i = 0; i < 5000; i++)
        {
            content.Add(new KvPair { Key = $"k{i}" });
        }

        var restore = store.ApplyAsync(new RestoreState(content)).AsTask();
        journal.Hold();
        turns.End();

        await journal.Entered.WaitAsync().WithinAsync();
        Assert.False(small.IsCompleted || restore.IsCompleted);
        journal.Release();
        Assert.True(await restore.WithinAsync());
        await Eventually.TrueAsync(() => turns.HasPosted);
        turns.End();
        Assert.True(await small);
        AssertSame(store.Root, journal.Load());
    }

    [Fact]
    public async Task Restore_IsReadBeforeItIsApplied()
    {
        var content = new SnapshotContent();
        content.Add(new KvPair { Key = "k" });
        var restore = new RestoreState(content);
        content.Add(new KvPair { Key = "late" });
        await PutAsync("before", "v");

        await _store.ApplyAsync(restore);

        Assert.Equal(["k"], _store.Root.Kv.List("").Select(static pair => pair.Key));
        AssertSame(_store.Root, _journal.Load());
    }

    [Fact]
    public async Task KeysThatWereRestored_AreAsNewAfterARestartAsBeforeIt()
    {
        var content = new SnapshotContent { LastIndex = _store.Root.Index };
        content.Add(new KvPair { Key = "a/1", ModifyIndex = _store.Root.Index });
        await PutAsync("a/1", "new");
        await _store.ApplyAsync(new RestoreState(content));
        var (before, after) = (_store.Root.Kv, _journal.Load().Kv);

        Assert.True(before.KeyIndex("a/1") > before.Find("a/1")!.ModifyIndex);
        Assert.True(after.KeyIndex("a/1") >= before.KeyIndex("a/1"), $"{after.KeyIndex("a/1")}, it was {before.KeyIndex("a/1")}");
        Assert.True(after.PrefixIndex("a/") >= before.PrefixIndex("a/"), $"{after.PrefixIndex("a/")}, it was {before.PrefixIndex("a/")}");
    }

    [Fact]
    public async Task WhatIsLoadedOrRestored_HasTheIndexOfThat_InEveryEntry()
    {
        var content = new SnapshotContent { LastIndex = 100 };
        content.Add(new CatalogNode { Node = "n2", Address = "10.0.0.2" });
        content.Add("n2", new NodeService { Id = "web", Service = "web" });
        content.Add("n2", new NodeService { Id = "native", Service = "native", Connect = new ServiceConnect { Native = true } });
        content.Add("n2", new NodeService { Id = "proxy", Service = "proxy", Kind = "connect-proxy", Proxy = new ServiceProxy { DestinationServiceName = "web" } });
        await PutAsync("k", "v");

        await _store.ApplyAsync(new RestoreState(content));
        var restored = _store.Root;
        await PutAsync("k", "v");

        foreach (var root in (StoreRoot[])[restored, _journal.Load()])
        {
            Assert.Equal(["native", "proxy", "web"], root.Catalog.Services.Keys);
            Assert.Equal(["native", "web"], root.Catalog.Connected.Keys);
            Assert.All(root.Catalog.Services.Concat(root.Catalog.Connected), entry => Assert.Equal((entry.Key, restored.Index), (entry.Key, entry.Value.Index)));
        }
    }

    [Fact]
    public async Task ChangesOnTopOfOneThatIsNotWritten_FailWithIt()
    {
        _journal.Hold();
        var first = Task.Run(() => PutAsync("k", "v").AsTask());
        await _journal.Entered.WaitAsync().WithinAsync();
        var second = _store.ApplyAsync(new KvDelete("k", null)).AsTask();
        _journal.Fault = new IOException("broken");
        _journal.Release();

        await Assert.ThrowsAsync<StoreJournalException>(() => first.WithinAsync());
        await Assert.ThrowsAsync<StoreJournalException>(() => second.WithinAsync());
        Assert.Equal(StoreRoot.Empty.Index, _store.Root.Index);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task WhatIsLoaded_IsWhatWas_AfterAnySequenceOfCommands(int seed)
    {
        var commands = new CommandGenerator(seed);
        foreach (var command in commands.Begin())
        {
            await command(_store);
        }

        for (var i = 0; i < 400; i++)
        {
            await commands.Next()(_store);
            if (i % 20 == 0)
            {
                AssertSame(_store.Root, _journal.Load());
                Assert.Equal(IndexesOf(_store.Root), IndexesOf(_journal.Load()));
            }
        }

        AssertSame(_store.Root, _journal.Load());
        Assert.Equal(IndexesOf(_store.Root), IndexesOf(_journal.Load()));
        foreach (var key in _store.Root.Kv.List("").Select(static pair => pair.Key))
        {
            Assert.True(_journal.Load().Kv.PrefixIndex(key) >= _store.Root.Kv.PrefixIndex(key), key);
        }
    }

    [Fact]
    public async Task FileOfBeforeIndexesWereKept_HasThemAllAtItsLastCommit()
    {
        foreach (var command in new CommandGenerator(1).Begin())
        {
            await command(_store);
        }

        await PutAsync("a", "v");
        foreach (var row in _journal.Rows.Keys.Where(static row => row.Table == StoreTable.Index).ToList())
        {
            _journal.Rows.Remove(row);
        }

        var loaded = _journal.Load();

        Assert.All(IndexesOf(loaded), index => Assert.Equal((index.Name, loaded.Index), index));
        Assert.Equal(loaded.Index, loaded.Kv.KeyIndex("a"));
    }

    [Fact]
    public async Task Indexes_NeverGoBack()
    {
        await PutAsync("a/1", "v");
        await PutAsync("a/2", "v");
        await _store.ApplyAsync(new KvDelete("a/2", null));
        var (before, after) = (_store.Root, _journal.Load());

        Assert.True(after.Kv.PrefixIndex("a/") >= before.Kv.PrefixIndex("a/"));
        Assert.True(after.Kv.Index >= before.Kv.Index);
        Assert.Equal(before.Kv.Find("a/1")!.ModifyIndex, after.Kv.Find("a/1")!.ModifyIndex);
        Assert.Equal(before.Index, after.Index);
    }

    public void Dispose() => _journal.Dispose();

    private ValueTask<bool> PutAsync(string key, string value) =>
        _store.ApplyAsync(new KvPut(key, System.Text.Encoding.UTF8.GetBytes(value), 0, null));

    private static List<(string Name, ulong Index)> IndexesOf(StoreRoot root) =>
    [
        ("nodes", root.Catalog.NodesIndex),
        ("services", root.Catalog.ServicesIndex),
        ("checks", root.Catalog.ChecksIndex),
        ("extinction", root.Catalog.ExtinctionIndex),
        ("gateways", root.Catalog.Gateways.Index),
        ("ingress", root.Catalog.Gateways.RemovedIngressIndex),
        ("keys", root.Kv.Index),
        ("sessions", root.Sessions.Index),
        ("coordinates", root.Records.Coordinates.Index),
        ("autopilot", root.Records.Autopilot.Index),
        ("queries", root.Records.Queries.Index),
        ("config", root.Records.ConfigEntries.Index),
        ("intentions", root.Records.Intentions.Index),
        .. root.Kv.List("").Select(pair => (pair.Key, root.Kv.KeyIndex(pair.Key))),
        .. root.Catalog.Services.Select(static pair => (pair.Key, pair.Value.Index)),
        .. root.Catalog.Connected.Select(static pair => (pair.Key, pair.Value.Index)),
    ];

    // By what the wire shows, and by what leads to it.
    private static void AssertSame(StoreRoot expected, StoreRoot actual)
    {
        Assert.Equal(expected.Kv.List(""), actual.Kv.List(""));
        Assert.Equal(expected.Sessions.Sessions, actual.Sessions.Sessions);
        Assert.Equal(expected.Sessions.Held.OrderBy(p => p.Key).Select(p => (p.Key, string.Join(',', p.Value))), actual.Sessions.Held.OrderBy(p => p.Key).Select(p => (p.Key, string.Join(',', p.Value))));
        Assert.Equal(
            expected.Sessions.Dependents.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, string.Join(',', p.Value.Order()))),
            actual.Sessions.Dependents.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, string.Join(',', p.Value.Order()))));
        Assert.Equal(expected.Records.Queries.Rows, actual.Records.Queries.Rows);
        Assert.Equal(
            expected.Records.BoundQueries.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, string.Join(',', p.Value.Order()))),
            actual.Records.BoundQueries.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, string.Join(',', p.Value.Order()))));
        Assert.Equal(expected.Catalog.NodeIds, actual.Catalog.NodeIds);
        Assert.Equal(expected.Catalog.NamedApart, actual.Catalog.NamedApart);
        Assert.Equal(expected.Catalog.Nodes.Values.Where(n => n.Node.Id.Length > 0).Select(n => n.Node.Id).Order(), actual.Catalog.NodeIds.Keys);
        Assert.Equal(expected.Catalog.Nodes.Keys, actual.Catalog.Nodes.Keys);
        foreach (var (key, node) in expected.Catalog.Nodes)
        {
            var loaded = actual.Catalog.Nodes[key];
            Assert.Equal(node.Node, loaded.Node);
            Assert.Equal(node.Services, loaded.Services);
            Assert.Equal(node.Checks, loaded.Checks);
            Assert.Equal(node.NodeChecks, loaded.NodeChecks);
        }

        Assert.Equal(Links(expected), Links(actual));
        Assert.Equal(expected.Catalog.Services.Keys, actual.Catalog.Services.Keys);
        Assert.Equal(expected.Catalog.Connected.Keys, actual.Catalog.Connected.Keys);
        foreach (var (service, loaded) in expected.Catalog.Services.Select(pair => (pair.Value, actual.Catalog.Services[pair.Key]))
            .Concat(expected.Catalog.Connected.Select(pair => (pair.Value, actual.Catalog.Connected[pair.Key]))))
        {
            Assert.Equal(service.Instances.Keys, loaded.Instances.Keys);
            Assert.True(loaded.Index >= service.Index);
            foreach (var (id, instance) in service.Instances)
            {
                Assert.Equal(instance.Node, loaded.Instances[id].Node);
                Assert.Equal(instance.Service, loaded.Instances[id].Service);
                Assert.Equal(instance.Checks, loaded.Instances[id].Checks);
                Assert.Equal(instance.NodeChecks, loaded.Instances[id].NodeChecks);
            }
        }

        Assert.Equal(expected.Local.Services.Select(p => (p.Key, p.Value.Service, string.Join(',', p.Value.CheckIds))), actual.Local.Services.Select(p => (p.Key, p.Value.Service, string.Join(',', p.Value.CheckIds))));
        Assert.Equal(expected.Local.Checks.Values.Select(Kept), actual.Local.Checks.Values.Select(Kept));
        Assert.Equal(expected.Local.NodeCheckIds, actual.Local.NodeCheckIds);

        static IEnumerable<GatewayLink> Links(StoreRoot root) => ((string[])["S0", "s1"])
            .SelectMany(gateway => root.Catalog.Gateways.OfGateway(gateway))
            .Select(static link => link with { CreateIndex = 0, ModifyIndex = 0 });

        static (CheckDefinition?, HealthCheck) Kept(LocalCheck check) => (check.Definition, check.Check with { Output = "" });
    }
}
