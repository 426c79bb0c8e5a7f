using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Configuration;

public sealed class ServiceConfigDirectoryTests : IDisposable
{
    private const string First = """{ "methodConfig": [ { "name": [ {} ], "timeout": "1s" } ] }""";
    private const string Second = """{ "methodConfig": [ { "name": [ {} ], "timeout": "2s" } ] }""";
    private const string Wrong = """{ "methodConfig": [ { "name": [ {} ], "timeout": "soon" } ] }""";

    private static readonly ServiceConfigQuery s_orders = new("orders");

    private readonly ScriptedConfigSource _source = new();
    private readonly LogCollector _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Config_ChangesAndGoesWithItsKey()
    {
        await using var directory = Directory(_source);
        using var watch = directory.Watch(s_orders);
        var seen = new ConcurrentQueue<string>();
        watch.OnChange(state => seen.Enqueue(Timeout(state)));

        Assert.Null(watch.State.Config);
        Assert.False(watch.State.IsRead);
        foreach (var answer in (string?[])[null, First, First, Second, null])
        {
            _source.Answer(answer);
        }

        // The first tells that all has been asked.
        await Eventually.TrueAsync(() => seen.Count == 4);
        Assert.Equal(["none", "1", "2", "none"], seen);
        Assert.Null(watch.State.Origin);
        Assert.True(watch.State.IsRead);
    }

    [Fact]
    public async Task LogThatCannotBeWritten_CostsItsLinesAndNoWatch()
    {
        var disk = new FullDisk();
        using var loggers = new LoggerFactory([disk]);
        await using var directory = new ServiceConfigDirectory([_source], loggerFactory: loggers);
        using var watch = directory.Watch(s_orders);
        _source.Fail("gone");
        await Eventually.TrueAsync(() => disk.Refused > 0);

        _source.Answer(Second);
        await Eventually.TrueAsync(() => Timeout(watch.State) == "2");
    }

    [Fact]
    public async Task WrongConfig_IsRefusedTheLastGoodOneStaysAndTheReasonIsLoggedOnce()
    {
        await using var directory = Directory(_source);
        using var watch = directory.Watch(s_orders);
        _source.Answer(First);
        _source.Answer(Wrong);
        _source.Answer(Wrong);
        _source.Fail("gone");
        await Eventually.TrueAsync(() => watch.State.Failure is not null);
        _source.Answer(Wrong);
        await Eventually.TrueAsync(() => watch.State.Failure is null);

        Assert.Equal("1", Timeout(watch.State));
        Assert.Equal("the script", watch.State.Refused!.Origin);
        Assert.Contains("methodConfig[0].timeout must be seconds", watch.State.Refused.Fault, StringComparison.Ordinal);
        var refused = Assert.Single(_log.Entries, entry => entry.Message.Contains("is refused", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Warning, refused.Level);
        Assert.Contains("methodConfig[0].timeout", refused.Message, StringComparison.Ordinal);

        _source.Answer(Second);
        await Eventually.TrueAsync(() => Timeout(watch.State) == "2");
        Assert.Null(watch.State.Refused);
    }

    [Fact]
    public async Task PartsWithoutEffect_AreLoggedOnceForEachConfig()
    {
        const string Mistyped = """{ "loadBalancingConf": [], "methodConfg": [] }""";
        await using var directory = Directory(_source);
        using var watch = directory.Watch(s_orders);
        _source.Answer(First);
        _source.Answer(Mistyped);
        _source.Answer(Mistyped);
        _source.Fail("gone");
        await Eventually.TrueAsync(() => watch.State.Failure is not null);
        _source.Answer(Mistyped);
        await Eventually.TrueAsync(() => watch.State.Failure is null);

        Assert.Equal(["loadBalancingConf", "methodConfg"], watch.State.Config!.UnknownFields.AsEnumerable());
        var told = Assert.Single(_log.Entries, static e => e.Message.StartsWith("Not all of the service config of orders", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Warning, told.Level);
        Assert.Contains("loadBalancingConf is not known, and has no effect; methodConfg is not known", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceThatNeverAnswered_LeavesCallersToTheirOwnOptions_SaysTheLog()
    {
        await using var directory = Directory(_source);
        using var watch = directory.Watch(s_orders);
        _source.Fail("gone.");
        await Eventually.TrueAsync(() => watch.State.Failure is not null);
        await Eventually.TrueAsync(() => _log.Entries.Any(static e => e.Message.Contains("can't be read", StringComparison.Ordinal)));
        _source.Answer(Wrong);
        await Eventually.TrueAsync(() => _log.Entries.Any(static e => e.Message.Contains("is refused", StringComparison.Ordinal)));

        Assert.Contains(_log.Entries, static e => e.Message.EndsWith("for the service config of orders: gone; callers go by their own options", StringComparison.Ordinal));
        Assert.Contains(_log.Entries, static e => e.Message.Contains("is refused; callers go by their own options. ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WrongConfigThatIsDeleted_LeavesNothingInForce()
    {
        await using var directory = Directory(_source);
        using var watch = directory.Watch(s_orders);
        _source.Answer(First);
        _source.Answer(Wrong);
        _source.Answer(null);
        await Eventually.TrueAsync(() => watch.State is { Config: null, IsRead: true });

        Assert.Null(watch.State.Refused);
    }

    [Fact]
    public async Task SourceDownForManyConfigs_TheFirstAnswerWakesTheOthers_AndTheyDontAskInOneMoment()
    {
        const int Count = 100;
        var time = new FakeTimeProvider();
        var source = new RecoveringConfigSource();
        await using var directory = new ServiceConfigDirectory([source], time, _log);
        ServiceConfigWatch[] watches = [.. Enumerable.Range(0, Count).Select(i => directory.Watch(new ServiceConfigQuery($"s{i}")))];
        await StepAsync(TimeSpan.FromMinutes(1));

        source.IsBack = true;
        while (source.Answered == 0)
        {
            await StepAsync(TimeSpan.FromMilliseconds(100));
        }

        var most = 0;
        for (var i = 0; i < 15; i++)
        {
            var before = source.Answered;
            await StepAsync(TimeSpan.FromMilliseconds(100));
            most = Math.Max(most, source.Answered - before);
        }

        Assert.Equal(Count, source.Answered);
        Assert.InRange(most, 1, Count / 4);
        Assert.All(watches, static watch => Assert.Null(watch.State.Failure));

        async Task StepAsync(TimeSpan by)
        {
            for (var end = time.GetUtcNow() + by; time.GetUtcNow() < end;)
            {
                await Eventually.TrueAsync(() => time.PendingTimers + source.Answered == Count);
                time.Advance(TimeSpan.FromMilliseconds(100));
            }

            await Eventually.TrueAsync(() => time.PendingTimers + source.Answered == Count);
        }
    }

    [Fact]
    public async Task SourceThatFails_KeepsTheLastGoodOneAndIsAskedAgain()
    {
        await using var directory = Directory(_source);
        using var watch = directory.Watch(s_orders);
        _source.Answer(First);
        _source.Fail("connection refused");
        await Eventually.TrueAsync(() => watch.State.Failure is { Attempts: 1 });
        Assert.Equal("1", Timeout(watch.State));
        Assert.Equal("connection refused", watch.State.Failure!.Reason);

        _source.Answer(Second);
        await Eventually.TrueAsync(() => Timeout(watch.State) == "2");

        Assert.Null(watch.State.Failure);
        Assert.Equal(2, _source.Opened);
        var told = Assert.Single(_log.Entries, entry => entry.Message.Contains("can't be read", StringComparison.Ordinal)).Message;
        Assert.EndsWith("connection refused; what was last read of it stays in force", told, StringComparison.Ordinal);
        Assert.Single(_log.Entries, entry => entry.Message.Contains("again, after 1 failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SourceThatIsDown_IsAskedWithGrowingPauses()
    {
        var clock = new FakeTimeProvider();
        await using var directory = new ServiceConfigDirectory([_source], clock, _log, new Random(1));
        using var watch = directory.Watch(s_orders);
        await Eventually.TrueAsync(() => _source.Opened == 1);
        foreach (var expected in (double[])[250, 500, 1000, 1500, 1500])
        {
            var began = clock.GetUtcNow();
            var opened = _source.Opened;
            _source.Fail("down");
            await clock.WaitForTimersAsync(1);
            while (_source.Opened == opened)
            {
                clock.Advance(clock.NextTimerDueIn ?? TimeSpan.Zero);

                // A part of the pause in which nothing ends it, then the rest.
                await Eventually.TrueAsync(() => clock.PendingTimers > 0 || _source.Opened > opened);
            }

            Assert.InRange((clock.GetUtcNow() - began).TotalMilliseconds, expected / 2, expected);
        }
    }

    [Fact]
    public async Task FirstSourceThatHasOne_Wins()
    {
        var fallback = new ScriptedConfigSource("the fallback");
        await using var directory = Directory(_source, fallback);
        using var watch = directory.Watch(s_orders);

        fallback.Answer(First);
        await Eventually.TrueAsync(() => Timeout(watch.State) == "1");
        Assert.Equal("the fallback", watch.State.Origin);
        Assert.False(watch.State.IsRead);
        _source.Answer(Second);
        await Eventually.TrueAsync(() => Timeout(watch.State) == "2");
        Assert.Equal("the script", watch.State.Origin);
        _source.Answer(Wrong);
        _source.Answer(null);
        await Eventually.TrueAsync(() => Timeout(watch.State) == "1");
    }

    [Fact]
    public async Task Watch_IsSharedAndEndsWithItsLastShare()
    {
        await using var directory = Directory(_source);
        var first = directory.Watch(s_orders);
        var second = directory.Watch(new ServiceConfigQuery("orders"));
        await using var other = directory.Watch(new ServiceConfigQuery("orders") { Key = "elsewhere" });
        await Eventually.TrueAsync(() => _source.Open == 2);
        Assert.Equal(2, directory.States.Count);

        await first.DisposeAsync();
        await first.DisposeAsync();
        Assert.Equal(2, _source.Open);
        await second.DisposeAsync();

        Assert.Equal(1, _source.Open);
        Assert.Single(directory.States);
        Assert.Throws<ObjectDisposedException>(() => first.OnChange(_ => { }));
    }

    [Fact]
    public async Task DirectoryThatIsDisposed_EndsAllWatches()
    {
        var directory = Directory(_source);
        var watch = directory.Watch(s_orders);
        await Eventually.TrueAsync(() => _source.Open == 1);

        await directory.DisposeAsync();

        Assert.Equal(0, _source.Open);
        Assert.Throws<ObjectDisposedException>(() => directory.Watch(s_orders));
        await watch.DisposeAsync().AsTask().WithinAsync();
    }

    [Fact]
    public async Task SubscriberThatThrows_DoesNotKeepItFromTheOthers()
    {
        await using var directory = Directory(_source);
        using var watch = directory.Watch(s_orders);
        _log.Expect(static entry => entry.Message.Contains("could not take its new service config", StringComparison.Ordinal));
        var heard = new TaskCompletionSource();
        watch.OnChange(_ => throw new InvalidOperationException("mine"));
        watch.OnChange(_ => heard.SetResult());

        _source.Answer(First);

        await heard.Task.WithinAsync();
        Assert.Contains(_log.Entries, entry => entry.Level == LogLevel.Error && entry.Message.Contains("orders", StringComparison.Ordinal));
    }

    private ServiceConfigDirectory Directory(params ScriptedConfigSource[] sources) => new(sources, loggerFactory: _log);

    private static string Timeout(ServiceConfigState state) => state.Config?.Methods[0].Timeout?.TotalSeconds.ToString(CultureInfo.InvariantCulture) ?? "none";
}
