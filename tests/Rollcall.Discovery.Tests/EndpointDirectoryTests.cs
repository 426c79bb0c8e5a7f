using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests;

public sealed class EndpointDirectoryTests : IAsyncDisposable
{
    private static readonly ServiceQuery s_orders = new("orders");

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSource _source = new();
    private readonly LogCollector _log = new();
    private readonly EndpointDirectory _directory;

    public EndpointDirectoryTests() => _directory = new EndpointDirectory(
        _source, new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero }, _time, _log, new Random(1));

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }

    private static Task<EndpointSnapshot> FirstAsync(EndpointWatch watch) => watch.FirstAsync().AsTask().WithinAsync();

    private async Task UntilAsync(EndpointWatch watch, Func<EndpointSnapshot, bool> condition) =>
        await Eventually.TrueAsync(
            () => watch.Current is { } s && condition(s),
            because: () => $"{watch.Current?.Freshness} at {watch.Current?.Index} with {watch.Current?.Endpoints.Length}, {watch.Current?.Reason}");

    private async Task<EndpointWatch> WatchAsync(ulong index, params Endpoint[] endpoints)
    {
        var watch = _directory.Watch(s_orders);
        _source.Answer(index, endpoints);
        await FirstAsync(watch);
        return watch;
    }

    [Fact]
    public async Task FailedWatch_IsLoggedWithWhatIsKept()
    {
        await using var unknown = _directory.Watch(s_orders);
        _source.Fail("set CONSUL_HTTP_ADDR.");
        await LoggedAsync("can't be read: set CONSUL_HTTP_ADDR. No instances are known");
        _source.Answer(1, A);

        // Whenever the pause before the next try begins: other timers may be there before it.
        await _time.AdvanceUntilAsync(TimeSpan.FromMinutes(1), () => unknown.Current is { Freshness: SnapshotFreshness.Fresh });

        _source.Fail("reset");
        await LoggedAsync("can't be read: reset. The list known is kept, instances: 1");

        Task LoggedAsync(string end) => Eventually.TrueAsync(() => _log.Entries.Any(e => e.Message.EndsWith(end, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task LogThatCannotBeWritten_CostsItsLinesAndNoWatch()
    {
        var disk = new FullDisk();
        using var loggers = new LoggerFactory([disk]);
        await using var directory = new EndpointDirectory(_source, null, _time, loggers, new Random(1));
        var watch = directory.Watch(s_orders);
        _source.Answer(1, A);
        await FirstAsync(watch);
        var before = disk.Refused;
        _source.Fail("reset");
        await Eventually.TrueAsync(() => disk.Refused > before);

        _source.Answer(2, A, B);
        await _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => watch.Current is { Freshness: SnapshotFreshness.Fresh, Endpoints.Length: 2 });
        Assert.Null(watch.Failure);
    }

    [Fact]
    public async Task ManyCallersOfOneQuery_ShareOneWatchThatEndsWithTheLast()
    {
        EndpointWatch[] shares = [.. Enumerable.Range(0, 100).Select(_ => _directory.Watch(new ServiceQuery("orders") { Tags = ["v1"] }))];
        _source.Answer(1, A);
        foreach (var share in shares)
        {
            Assert.Equal([A], (await FirstAsync(share)).List());
        }

        Assert.Equal(1, _source.Opened);

        foreach (var share in shares[1..])
        {
            await share.DisposeAsync();
        }

        Assert.Equal(1, _source.Open);
        await shares[0].DisposeAsync();

        Assert.Equal(0, _source.Open);
    }

    [Fact]
    public async Task DifferentQueries_AreDifferentWatches()
    {
        ServiceQuery[] queries =
        [
            s_orders,
            new("bills"),
            new("orders") { Tags = ["v1"] },
            new("orders") { Datacenters = ["dc2"] },
            new("orders") { PassingOnly = false },
            new("orders") { Filter = "Service.Port == 1" },
        ];

        foreach (var query in queries)
        {
            _directory.Watch(query);
        }

        await Eventually.TrueAsync(() => _source.Open == queries.Length);
    }

    [Fact]
    public async Task WatchedAgainAfterItsEnd_StartsAnew()
    {
        var first = await WatchAsync(1, A);
        await first.DisposeAsync();

        await using var second = _directory.Watch(s_orders);

        Assert.Null(second.Current);
        _source.Answer(2, B);
        Assert.Equal([B], (await FirstAsync(second)).List());
        Assert.Equal(2, _source.Opened);
    }

    [Fact]
    public async Task DirectoryDisposed_OpenRequestsEndAndNoNewWatchStarts()
    {
        var watch = await WatchAsync(1, A);

        await _directory.DisposeAsync().AsTask().WithinAsync();

        Assert.Equal(0, _source.Open);
        Assert.Throws<ObjectDisposedException>(() => _directory.Watch(s_orders));
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task DirectoryDisposed_WhoeverWaitsIsTold()
    {
        var watch = _directory.Watch(s_orders);
        Task first = watch.FirstAsync().AsTask();
        using var balancer = new ServiceBalancer(_directory.Watch(s_orders), BalancingPolicies.Find("random"));
        Task pick = balancer.PickAsync(default, waitForReady: true).AsTask();

        await _directory.DisposeAsync().AsTask().WithinAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.WithinAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pick.WithinAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => watch.FirstAsync().AsTask().WithinAsync());
    }

    [Fact]
    public async Task SourceFails_TheLastListStaysAndIsStaleUntilItIsBack()
    {
        await using var watch = await WatchAsync(5, A, B);
        var before = watch.Current!.Endpoints;

        // However long ago the list changed: the source vouches for it until it fails.
        _time.Advance(TimeSpan.FromDays(7));
        var confirmed = _time.GetUtcNow();

        _source.Fail("connection refused");
        await _time.WaitForTimersAsync(1);

        var stale = watch.Current!;
        Assert.Equal(SnapshotFreshness.Stale, stale.Freshness);
        Assert.Equal(before, stale.Endpoints);
        Assert.Equal(confirmed, stale.ConfirmedAt);
        Assert.Contains("connection refused", stale.Reason, StringComparison.Ordinal);
        Assert.Equal(1, watch.Failure?.Attempts);

        _source.Answer(5, A, B);
        _time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(watch, s => s.Freshness == SnapshotFreshness.Fresh);
        Assert.Equal(before, watch.Current!.Endpoints);
        Assert.Null(watch.Failure);
        Assert.True(watch.Current.ConfirmedAt > confirmed);
    }

    [Fact]
    public async Task FirstCallersContext_IsNotCarriedAlong()
    {
        var local = new AsyncLocal<string> { Value = "the first caller's" };
        await using var watch = _directory.Watch(s_orders);
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = watch.OnChange(_ => seen.TrySetResult(local.Value));

        _source.Answer(1, A);

        Assert.Null(await seen.Task.WithinAsync());
    }

    [Fact]
    public async Task FirstAttemptFails_TheWatchGoesOnAndDelivers()
    {
        _source.Down = new HttpRequestException("connection refused");
        await using var watch = _directory.Watch(s_orders);
        await _time.WaitForTimersAsync(1);
        Assert.Null(watch.Current);
        Assert.NotNull(watch.Failure);

        _source.Down = null;
        _source.Answer(1, A);
        await _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => watch.Current is not null);

        Assert.Equal([A], (await FirstAsync(watch)).List());
    }

    [Fact]
    public async Task FirstFailure_IsFollowedByOnePause()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var source = new ScriptedSource { Down = new HttpRequestException("connection refused") };
            var time = new FakeTimeProvider();
            await using var directory = new EndpointDirectory(source, timeProvider: time, random: new Random(seed));
            await using var watch = directory.Watch(s_orders);
            await time.WaitForTimersAsync(1);

            time.Advance(time.NextTimerDueIn!.Value);

            await Eventually.TrueAsync(() => source.Opened == 2);
        }
    }

    [Fact]
    public async Task SourceDownForTenMinutes_IsAskedRarelyAndWithJitter()
    {
        _source.Down = new HttpRequestException("connection refused");
        await using var watch = _directory.Watch(s_orders);
        var waits = new List<TimeSpan>();
        var end = _time.GetUtcNow() + TimeSpan.FromMinutes(10);
        while (_time.GetUtcNow() < end)
        {
            await _time.WaitForTimersAsync(1);
            waits.Add(_time.NextTimerDueIn!.Value);
            _time.Advance(waits[^1]);
        }

        // Every 0.75 to 1.5 seconds.
        Assert.InRange(_source.Opened, 400, 810);
        Assert.InRange(waits[0], TimeSpan.FromMilliseconds(125), TimeSpan.FromMilliseconds(250));
        Assert.All(waits, w => Assert.InRange(w, TimeSpan.Zero, TimeSpan.FromSeconds(1.5)));
        Assert.True(waits.Distinct().Count() > 400, "the waits are all alike");
    }

    [Fact]
    public async Task SourceDownForManyWatches_IsAskedHardlyMoreOften_AndTheFirstAnswerWakesAll()
    {
        const int Count = 20;
        var source = new RecoveringSource();
        await using var directory = new EndpointDirectory(source, timeProvider: _time, loggerFactory: _log, random: new Random(1));
        EndpointWatch[] watches = [.. Enumerable.Range(0, Count).Select(i => directory.Watch(new ServiceQuery($"s{i}")))];
        await WaitAsync(TimeSpan.FromMinutes(1));
        var opened = source.Opened;
        await WaitAsync(TimeSpan.FromMinutes(2));

        // By one watch it would be asked 80 to 160 times.
        Assert.InRange(source.Opened - opened, 80, 170);

        Assert.InRange(await source.AnswerAllAsync(Count, _time), TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
        Assert.All(await Task.WhenAll(watches.Select(FirstAsync)), static s => Assert.Equal([A], s.List()));

        async Task WaitAsync(TimeSpan time)
        {
            for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end;)
            {
                await _time.WaitForTimersAsync(Count);
                _time.Advance(_time.NextTimerDueIn!.Value);
            }
        }
    }

    [Fact]
    public async Task SourceBackForManyWatches_TheyDontAskInOneMoment()
    {
        const int Count = 500;
        var source = new RecoveringSource();
        await using var directory = new EndpointDirectory(source, timeProvider: _time, loggerFactory: _log, random: new Random(1));
        for (var i = 0; i < Count; i++)
        {
            _ = directory.Watch(new ServiceQuery($"s{i}"));
        }

        // The first pause, which all begin at the same time, is spread as well. About a tenth of them comes for the first time in such a step, and later
        // as many for the second; unspread, most of them would.
        await _time.WaitForTimersAsync(Count);
        Assert.InRange(await MostOpenedIn100MsAsync(TimeSpan.FromSeconds(1.5)), 1, Count * 3 / 10);
        await MostOpenedIn100MsAsync(TimeSpan.FromSeconds(60));

        source.IsBack = true;
        var opened = source.Opened;
        while (source.Answered == 0)
        {
            await StepAsync();
        }

        Assert.InRange(await Eventually.SettledAsync(() => source.Opened) - opened, 1, 20);

        // Woken, they wait for seconds at most, and no longer for minutes.
        await Eventually.TrueAsync(() => _time.LastTimerDueIn < TimeSpan.FromSeconds(2));
        Assert.InRange(await MostOpenedIn100MsAsync(TimeSpan.FromSeconds(2)), 1, Count / 5);
        Assert.Equal(Count, source.Answered);

        async Task<int> MostOpenedIn100MsAsync(TimeSpan time)
        {
            var most = 0;
            for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end;)
            {
                var before = source.Opened;
                await StepAsync();
                most = Math.Max(most, source.Opened - before);
            }

            return most;
        }

        async Task StepAsync()
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));

            // Every watch waits for its turn, or has its answer.
            await Eventually.TrueAsync(() => _time.PendingTimers + source.Answered == Count);
        }
    }

    [Fact]
    public async Task Success_ResetsTheBackoff()
    {
        _source.Down = new HttpRequestException("connection refused");
        await using var watch = _directory.Watch(s_orders);
        for (var i = 0; i < 8; i++)
        {
            await _time.WaitForTimersAsync(1);
            _time.Advance(_time.NextTimerDueIn!.Value);
        }
        await _time.WaitForTimersAsync(1);
        _source.Down = null;
        _source.Answer(1, A);
        while (watch.Current is null)
        {
            await Eventually.TrueAsync(() => _time.PendingTimers == 1 || watch.Current is not null);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _source.Fail("reset");
        await _time.WaitForTimersAsync(1);

        Assert.InRange(_time.NextTimerDueIn!.Value, TimeSpan.FromMilliseconds(125), TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task SourceEndsWithoutAnError_IsStartedAgainAfterAPause()
    {
        await using var watch = await WatchAsync(1, A);

        _source.End();
        await _time.WaitForTimersAsync(1);
        Assert.Equal(SnapshotFreshness.Stale, watch.Current!.Freshness);
        _source.Answer(2, A, B);
        _time.Advance(TimeSpan.FromSeconds(1));

        await UntilAsync(watch, s => s.Endpoints.Length == 2);
        Assert.Equal(2, _source.Opened);
    }

    [Fact]
    public async Task SourceAnswersAllTheTimeWithoutAChange_IsReadInIntervals()
    {
        await using var directory = new EndpointDirectory(_source, timeProvider: _time, loggerFactory: _log);
        await using var watch = directory.Watch(s_orders);
        for (ulong i = 1; i <= 100; i++)
        {
            _source.Answer(i, A);
        }

        await FirstAsync(watch);

        await _time.WaitForTimerDueInAsync(TimeSpan.FromMilliseconds(100));
        Assert.InRange(watch.Current!.Index, 1u, 2u);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await _time.WaitForTimerDueInAsync(TimeSpan.FromMilliseconds(100));

        Assert.Equal(3u, watch.Current!.Index);
    }

    [Fact]
    public async Task Answers_AreSortedByIdUnlessNearnessWasAsked()
    {
        await using var sorted = await WatchAsync(1, C, A, B);
        Assert.Equal([A, B, C], sorted.Current!.List());

        await using var near = _directory.Watch(new ServiceQuery("orders") { Near = "_agent" });
        await Eventually.TrueAsync(() => _source.Open == 2);
        _source.Answer(2, C, A, B);
        _source.Answer(2, C, A, B);
        await FirstAsync(near);
        Assert.Equal([C, A, B], near.Current!.List());
    }

    [Fact]
    public async Task SameIdOnTwoNodes_BothAreKept()
    {
        await using var watch = await WatchAsync(1, new Endpoint("a", "10.0.0.2", 80), new Endpoint("a", "10.0.0.1", 80));

        Assert.Equal(["10.0.0.1", "10.0.0.2"], watch.Current!.Endpoints.Select(e => e.Host));
    }

    [Fact]
    public async Task LastInstanceDeregistered_IsBelievedAtOnce()
    {
        await using var watch = await WatchAsync(5, A, B, C);

        _source.Answer(6);
        await UntilAsync(watch, s => s.Index == 6);

        Assert.Empty(watch.Current!.Endpoints);
        Assert.Equal(SnapshotFreshness.Fresh, watch.Current.Freshness);
    }

    [Fact]
    public async Task WaitingForTheFirstSnapshot_EndsWithTheCallersToken()
    {
        await using var watch = _directory.Watch(s_orders);
        await Eventually.TrueAsync(() => _source.Open == 1);
        using var deadline = new CancellationTokenSource();
        var first = watch.FirstAsync(deadline.Token).AsTask();

        await deadline.CancelAsync();

        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithinAsync());
        Assert.Equal(deadline.Token, e.CancellationToken);
        Assert.Equal(1, _source.Open);
    }

    [Fact]
    public void OptionOutOfRange_IsRefused()
    {
        var e = Assert.Throws<ArgumentException>(() => new EndpointDirectory(
            _source, new() { MinBackoff = TimeSpan.Zero, MaxBackoff = TimeSpan.FromMilliseconds(-1), CollapseHold = TimeSpan.FromSeconds(-1) }));

        Assert.Contains("MinBackoff must be 00:00:00.0010000 or more, and is 00:00:00; MaxBackoff must be", e.Message, StringComparison.Ordinal);
        Assert.Contains("CollapseHold must be 00:00:00 or more, and is -00:00:01", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storm_SharesComeAndGoWithoutALeak()
    {
        Task[] users =
        [
            .. Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    var watch = _directory.Watch(new ServiceQuery("orders" + (i % 3)));
                    using (watch.OnChange(_ => { }))
                    {
                        if (n % 2 == 0) { await watch.DisposeAsync(); } else { watch.Dispose(); } }
                }
            })),
        ];

        await Task.WhenAll(users).WithinAsync(TimeSpan.FromSeconds(30));

        await Eventually.TrueAsync(() => _source.Open == 0);
    }
}
