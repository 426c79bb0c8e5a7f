using System.Collections.Concurrent;
using System.Collections.Frozen;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Selecting;

/// <summary>Queries that select in this process, over watches that they share.</summary>
public sealed class SharedWatchTests : IAsyncDisposable
{
    private static readonly Endpoint s_old = Version(A, "1.4.0");
    private static readonly Endpoint s_new = Version(B, "2.0.0");

    private readonly FakeTimeProvider _time = new();
    private readonly DatacenterSource _source = new();
    private readonly LogCollector _log = new();
    private readonly EndpointDirectory _directory;

    public SharedWatchTests() => _directory = new EndpointDirectory(
        _source, new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero }, _time, _log, new Random(1));

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }

    private static Endpoint Version(Endpoint of, string version) => new(of.Id, of.Host, of.Port)
    {
        Metadata = new Dictionary<string, string> { ["version"] = version }.ToFrozenDictionary(),
    };

    private EndpointWatch Watch(string target) => _directory.Watch(ServiceTarget.Parse(target).Query);

    private static async Task<Endpoint[]> FirstAsync(EndpointWatch watch) => (await watch.FirstAsync().AsTask().WithinAsync()).List();

    private static async Task UntilAsync(EndpointWatch watch, Func<EndpointSnapshot, bool> condition) =>
        await Eventually.TrueAsync(
            () => watch.Current is { } s && condition(s),
            because: () => $"{watch.Current?.Freshness} with {watch.Current?.Endpoints.Length}, {watch.Current?.Reason}, {watch.Current?.Note}");

    [Fact]
    public async Task QueriesThatDifferInWhatTheySelect_ShareOneWatch()
    {
        var dc = _source["", "orders"];
        await using var all = Watch("orders");
        await using var old = Watch("orders?version=^1");
        await using var recent = Watch("orders?version=^2");
        await using var recentAgain = Watch("orders?version=^2");
        dc.Answer(1, s_old, s_new);

        Assert.Equal([s_old, s_new], await FirstAsync(all));
        Assert.Equal([s_old], await FirstAsync(old));
        Assert.Equal([s_new], await FirstAsync(recent));
        Assert.Equal(recent.Current!.Endpoints, recentAgain.Current!.Endpoints);
        Assert.Equal(1, dc.Opened);
        Assert.Equal("orders?version=^1", old.Current!.Query.ToString());

        // Given back in any order: the watch ends with the last of them.
        await all.DisposeAsync();
        await recent.DisposeAsync();
        await old.DisposeAsync();
        Assert.Equal(1, dc.Open);
        await recentAgain.DisposeAsync();
        Assert.Equal(0, dc.Open);
    }

    [Fact]
    public async Task ChangeOfAnInstanceThatIsNotSelected_IsNoChange()
    {
        var dc = _source["", "orders"];
        await using var old = Watch("orders?version=^1");
        dc.Answer(1, s_old, s_new);
        await FirstAsync(old);
        var before = old.Current!.Endpoints;
        var changes = new ConcurrentQueue<EndpointSnapshot>();
        old.OnChange(changes.Enqueue);

        dc.Answer(2, s_old);
        await UntilAsync(old, s => s.Index == 2);

        Assert.True(before == old.Current.Endpoints, "the list was built anew");
        dc.Answer(3, s_old, Version(C, "1.5.0"));
        await Eventually.TrueAsync(() => !changes.IsEmpty);
        Assert.Equal(3u, Assert.Single(changes).Index);
        Assert.Equal(["a", "c"], old.Current.Endpoints.Select(e => e.Id));
    }

    [Fact]
    public async Task NothingSelected_TheNoteSaysWhyAndFreshnessIsThatOfTheWatch()
    {
        var dc = _source["", "orders"];
        await using var watch = Watch("orders?version=^3");
        dc.Answer(1, s_old, s_new, C);

        Assert.Empty(await FirstAsync(watch));
        Assert.Equal("of 3 none is selected by version=^3 (1 with version 1.4.0, 1 with version 2.0.0, 1 without version)", watch.Current!.Note);
        dc.Fail("connection refused");
        await UntilAsync(watch, s => s.Freshness == SnapshotFreshness.Stale);
        await Eventually.TrueAsync(() => watch.Failure is not null);
        Assert.Contains("connection refused", watch.Current.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceDownFromTheStart_ASelectingWatchSaysSo()
    {
        _source["", "orders"].Down = new HttpRequestException("connection refused");

        await using var watch = Watch("orders?version=^1");

        await Eventually.TrueAsync(() => watch.Failure is not null);
        Assert.Null(watch.Current);
        Assert.Contains("connection refused", watch.Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralDatacenters_AreOneListFromAWatchEach()
    {
        await using var both = Watch("orders?dc=dc1,dc2");
        await using var second = Watch("orders?dc=dc2");
        _source["dc2", "orders"].Answer(7, s_new);
        _source["dc1", "orders"].Answer(3, s_old);

        // The first list may be that of the preferred datacenter alone.
        await UntilAsync(both, s => s.List().SequenceEqual([s_old, s_new]));
        Assert.Equal([s_new], await FirstAsync(second));
        Assert.Equal(1, _source["dc1", "orders"].Opened);
        Assert.Equal(1, _source["dc2", "orders"].Opened);

        await both.DisposeAsync();
        Assert.Equal(0, _source["dc1", "orders"].Open);
        Assert.Equal(1, _source["dc2", "orders"].Open);
    }

    [Fact]
    public async Task ListThatCannotBeSelectedFrom_IsToldAndTheNextOneIsTaken()
    {
        _log.Expect(static entry => entry.Message.Contains("orders?version=^1 selects", StringComparison.Ordinal));
        await using var watch = Watch("orders?version=^1");
        await using var all = Watch("orders");
        _source["", "orders"].Answer(1, s_old);
        await FirstAsync(watch);

        _source["", "orders"].Answer(2, s_old, new Endpoint("c", "127.0.0.1", 1003) { Metadata = null! });
        await UntilAsync(all, s => s.Endpoints.Length == 2);
        Assert.Equal([s_old], watch.Current!.List());
        Assert.Null(all.Failure);
        var next = Version(B, "1.5.0");
        _source["", "orders"].Answer(3, s_old, next);

        await UntilAsync(watch, s => s.List().SequenceEqual([s_old, next]));
        Assert.Contains(_log.Entries, static entry => entry.Level == Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task OneOfSeveralDatacentersFails_TheOthersGoOnAndItIsSaidWhich()
    {
        await using var watch = Watch("orders?dc=dc1,dc2");
        _source["dc1", "orders"].Answer(3, s_old);
        _source["dc2", "orders"].Answer(7, s_new);
        await UntilAsync(watch, s => s.Endpoints.Length == 2);
        _time.Advance(TimeSpan.FromDays(7));

        _source["dc2", "orders"].Fail("No path to datacenter");
        await UntilAsync(watch, s => s.Freshness == SnapshotFreshness.Stale);

        Assert.Equal(_time.GetUtcNow(), watch.Current!.ConfirmedAt);
        Assert.Equal([s_old, s_new], watch.Current!.List());
        Assert.StartsWith("in dc2: ", watch.Current!.Reason, StringComparison.Ordinal);
        Assert.Null(watch.Failure);
        _source["dc1", "orders"].Answer(4);
        await UntilAsync(watch, s => s.Endpoints.Length == 1);
    }

    [Fact]
    public async Task DatacenterThatIsPreferredHasInstances_TheOthersAreNotWaitedFor()
    {
        await using var watch = Watch("orders?dc=dc1,dc2");
        _source["dc1", "orders"].Answer(3, s_old);

        Assert.Equal([s_old], await FirstAsync(watch));
        Assert.Equal(SnapshotFreshness.Fresh, watch.Current!.Freshness);
        Assert.Equal(0, _source["dc2", "orders"].Answered);
    }

    [Fact]
    public async Task DatacenterThatIsPreferredHasNone_TheOthersAreWaitedFor()
    {
        await using var watch = Watch("orders?dc=dc1,dc2");
        await using var first = Watch("orders?dc=dc1");
        _source["dc1", "orders"].Answer(3);
        await FirstAsync(first);

        Assert.Null(watch.Current);
        _source["dc2", "orders"].Answer(3, s_new);
        Assert.Equal([s_new], await FirstAsync(watch));
    }

    [Fact]
    public async Task NoDatacenterCanBeRead_TheWatchFails()
    {
        _source["dc1", "orders"].Down = new HttpRequestException("first");
        _source["dc2", "orders"].Down = new HttpRequestException("second");

        await using var watch = Watch("orders?dc=dc1,dc2");

        await Eventually.TrueAsync(() => watch.Failure is not null);
        Assert.Null(watch.Current);
    }

    [Fact]
    public async Task PartsChangeAtTheSameTime_TheLastListIsComplete()
    {
        await using var watch = Watch("orders?dc=dc1,dc2");
        await Task.WhenAll(Answers("dc1", 1), Answers("dc2", 1000)).WithinAsync();

        await UntilAsync(watch, s => s.Endpoints.Length == 2 && s.Endpoints[0].Port == 200 && s.Endpoints[1].Port == 1199);

        Task Answers(string datacenter, int firstPort) => Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                _source[datacenter, "orders"].Answer((ulong)i + 1, new Endpoint(datacenter, "127.0.0.1", firstPort + i));
            }
        });
    }

    [Fact]
    public async Task DirectoryDisposed_WhoeverWaitsForASelectionIsTold()
    {
        var watch = Watch("orders?dc=dc1,dc2&version=^1");
        Task first = watch.FirstAsync().AsTask();

        await _directory.DisposeAsync().AsTask().WithinAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.WithinAsync());
        await watch.DisposeAsync();
    }
}
