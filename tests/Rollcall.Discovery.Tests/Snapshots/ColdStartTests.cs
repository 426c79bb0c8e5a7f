using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Snapshots;

/// <summary>Processes that start while the source is down, with what an earlier one left on disk.</summary>
public sealed class ColdStartTests : IDisposable
{
    private static readonly ServiceQuery s_orders = new("orders");

    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private readonly DirectoryInfo _disk = Directory.CreateTempSubdirectory("rollcall-snapshots-");

    public void Dispose()
    {
        _disk.Delete(recursive: true);
        _log.Dispose();
    }

    private EndpointDirectory Open(ScriptedSource source, Action<EndpointDirectoryOptions>? configure = null)
    {
        var options = new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero, SnapshotDirectory = _disk.FullName };
        configure?.Invoke(options);
        return new EndpointDirectory(source, options, _time, _log, new Random(1));
    }

    private string StoredFile() => Assert.Single(_disk.GetFiles("orders-*.snapshot")).FullName;

    /// <summary>Waits for something that takes time.</summary>
    private Task MovingAsync(Func<bool> condition) => _time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), condition);

    /// <summary>A first process sees a list, and ends.</summary>
    private async Task RunOnceAsync(params Endpoint[] endpoints)
    {
        var source = new ScriptedSource();
        await using var directory = Open(source);
        await using var watch = directory.Watch(s_orders);
        source.Answer(7, endpoints);
        await watch.FirstAsync().AsTask().WithinAsync();
    }

    /// <summary>A process that starts while the source is down.</summary>
    private static async Task<EndpointWatch> StartWhileDownAsync(EndpointDirectory directory)
    {
        var watch = directory.Watch(s_orders);
        await Eventually.TrueAsync(() => watch.Failure is not null);
        return watch;
    }

    private static ScriptedSource Down() => new() { Down = new HttpRequestException("connection refused") };

    [Fact]
    public async Task SourceIsDown_TheListOfTheLastRunIsServedAsStale()
    {
        var full = new Endpoint("a", "::1", 1001)
        {
            ServiceName = "orders",
            Weight = 7,
            Tags = ["v1", "é"],
            Metadata = new Dictionary<string, string> { ["k"] = "v\n" }.ToFrozenDictionary(),
            Addresses = new Dictionary<string, EndpointAddress> { ["metrics"] = new("::2", 9100) }.ToFrozenDictionary(),
            Node = "node1",
            Datacenter = "dc1",
            Zone = "z1",
        };
        await RunOnceAsync(full, B);
        var confirmed = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromHours(2));

        await using var directory = Open(Down());
        await using var watch = await StartWhileDownAsync(directory);

        var snapshot = watch.Current!;
        Assert.Equal([full, B], snapshot.List());
        Assert.Equivalent(full, snapshot.Endpoints[0], strict: true);
        Assert.Equal(SnapshotFreshness.Stale, snapshot.Freshness);
        Assert.Equal(confirmed, snapshot.ConfirmedAt);
        Assert.Contains("connection refused", snapshot.Reason, StringComparison.Ordinal);
        Assert.Contains("it was read from disk", snapshot.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogThatCannotBeWritten_KeepsNoListFromBeingStored()
    {
        // A file where the directory is to be: that it can't be written is the first thing that is logged.
        var path = Path.Combine(_disk.FullName, "lists");
        await File.WriteAllTextAsync(path, "");
        var disk = new FullDisk();
        using var loggers = new LoggerFactory([disk]);
        var source = new ScriptedSource();
        await using (var directory = new EndpointDirectory(source, new EndpointDirectoryOptions { SnapshotDirectory = path }, _time, loggers, new Random(1)))
        {
            await Eventually.TrueAsync(() => disk.Refused > 0);
            File.Delete(path);
            await using var watch = directory.Watch(s_orders);
            source.Answer(7, A);
            await watch.FirstAsync().AsTask().WithinAsync();
        }

        Assert.Single(Directory.GetFiles(path, "orders-*.snapshot"));
    }

    [Fact]
    public void EveryPropertyOfAnEndpoint_IsStored() =>
        Assert.Equal(
            ["Id", "Host", "Port", "ServiceName", "Weight", "Tags", "Metadata", "Addresses", "Node", "Datacenter", "Zone"],
            typeof(Endpoint).GetProperties().Select(p => p.Name).Where(name => name != nameof(Endpoint.Authority)));

    [Fact]
    public async Task SourceIsSilent_TheListIsServedAfterASecond()
    {
        await RunOnceAsync(A);
        var source = new ScriptedSource();
        await using var directory = Open(source);
        await using var watch = directory.Watch(s_orders);
        await Eventually.TrueAsync(() => source.Open == 1);

        // The writer's own timer is the other one.
        await _time.WaitForTimersAsync(2);
        Assert.Null(watch.Current);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([A], (await watch.FirstAsync().AsTask().WithinAsync()).List());
        source.Answer(9, A, B);
        await Eventually.TrueAsync(() => watch.Current!.Freshness == SnapshotFreshness.Fresh);
        Assert.Equal([A, B], watch.Current!.List());
    }

    [Fact]
    public async Task SourceAnswers_TheDiskIsNotAsked()
    {
        await RunOnceAsync(A, B);
        var source = new ScriptedSource();
        await using var directory = Open(source);
        await using var watch = directory.Watch(s_orders);
        source.Answer(1);

        Assert.Empty((await watch.FirstAsync().AsTask().WithinAsync()).Endpoints);
        Assert.Equal(SnapshotFreshness.Fresh, watch.Current!.Freshness);
    }

    [Fact]
    public async Task SourceComesBackEmpty_TheListIsHeld()
    {
        await RunOnceAsync(A, B, C);
        var source = Down();
        await using var directory = Open(source);
        await using var watch = await StartWhileDownAsync(directory);

        source.Down = null;
        source.Answer(1);
        await MovingAsync(() => watch.Current?.Freshness == SnapshotFreshness.Suspect);

        Assert.Equal([A, B, C], watch.Current!.List());
        source.Answer(2, A, B, C);
        await Eventually.TrueAsync(() => watch.Current!.Freshness == SnapshotFreshness.Fresh);
    }

    [Fact]
    public async Task ListIsHeldWhenAnOutageBegins_ItStaysOnDisk()
    {
        var source = new ScriptedSource();
        await using (var directory = Open(source))
        await using (var watch = directory.Watch(s_orders))
        {
            source.Answer(7, A, B, C);
            await watch.FirstAsync().AsTask().WithinAsync();
            source.Fail("connection refused");
            source.Answer(1);
            await MovingAsync(() => watch.Current!.Freshness == SnapshotFreshness.Suspect);

            source.Fail("connection refused");
            await Eventually.TrueAsync(() => watch.Failure is not null);
            var opened = source.Opened;
            _time.Advance(TimeSpan.FromSeconds(31));
            await MovingAsync(() => source.Opened > opened);
            await Eventually.SettledAsync(() => source.Opened);
        }

        await using var next = Open(Down());
        await using var known = await StartWhileDownAsync(next);
        Assert.Equal([A, B, C], known.Current!.List());
    }

    [Fact]
    public async Task HoldRunsOutWhileTheSourceStillDoubtsTheAnswer_TheListStaysOnDisk()
    {
        var source = new ScriptedSource();
        await using (var directory = Open(source, static o => o.CollapseHold = TimeSpan.FromSeconds(1)))
        await using (var watch = directory.Watch(s_orders))
        {
            source.Answer(7, A, B, C);
            await watch.FirstAsync().AsTask().WithinAsync();
            source.Answer(new EndpointUpdate { Index = 8, Endpoints = [], Doubt = "no leader is known" });
            await MovingAsync(() => watch.Current!.Endpoints.IsEmpty);
        }

        await using var next = Open(Down());
        await using var known = await StartWhileDownAsync(next);
        Assert.Equal([A, B, C], known.Current!.List());
    }

    [Fact]
    public async Task ListThatIsTooOld_IsNotUsed()
    {
        await RunOnceAsync(A);
        _time.Advance(TimeSpan.FromHours(25));

        await using var directory = Open(Down());
        await using var watch = await StartWhileDownAsync(directory);

        Assert.Null(watch.Current);
    }

    [Fact]
    public async Task ListThatWasVouchedForUntilTheEnd_IsYoungHoweverLongAgoItChanged()
    {
        var source = new ScriptedSource();
        await using (var directory = Open(source))
        {
            await using var watch = directory.Watch(s_orders);
            source.Answer(7, A);
            await watch.FirstAsync().AsTask().WithinAsync();
            _time.Advance(TimeSpan.FromDays(5));
        }

        await using var later = Open(Down());
        await using var again = await StartWhileDownAsync(later);

        Assert.Equal([A], again.Current!.List());
        Assert.Equal(_time.GetUtcNow(), again.Current!.ConfirmedAt);
    }

    [Fact]
    public async Task ProcessIsKilled_WhatChangedIsOnDiskAlready()
    {
        var source = new ScriptedSource();
        await using var directory = Open(source);
        await using var watch = directory.Watch(s_orders);
        source.Answer(7, A);
        await watch.FirstAsync().AsTask().WithinAsync();
        await Eventually.TrueAsync(() => _disk.GetFiles("*.snapshot").Length == 1);
        source.Answer(8, A, B);
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 2);

        // Nothing of the first directory is disposed.
        await MovingAsync(() => File.ReadAllText(StoredFile()).Contains("\"id\":\"b\"", StringComparison.Ordinal));
        await using var second = Open(Down());
        await using var again = await StartWhileDownAsync(second);

        Assert.Equal([A, B], again.Current!.List());
    }

    [Fact]
    public async Task ListThatIsNotVouchedFor_DoesNotReplaceOneThatWas()
    {
        await RunOnceAsync(A, B, C);
        var source = Down();
        await using (var directory = Open(source))
        {
            await using var watch = await StartWhileDownAsync(directory);
            source.Down = null;
            source.Answer(1, A);
            await MovingAsync(() => watch.Current?.Freshness == SnapshotFreshness.Suspect);
        }

        await using var later = Open(Down());
        await using var again = await StartWhileDownAsync(later);

        Assert.Equal([A, B, C], again.Current!.List());
    }

    [Fact]
    public async Task EmptyList_RemovesTheFile()
    {
        await RunOnceAsync(A);
        await RunOnceAsync();

        Assert.Empty(_disk.GetFiles());
    }

    [Fact]
    public async Task FileCutOffOrChanged_IsIgnoredWithAWarningThatSaysWhatToDo()
    {
        await RunOnceAsync(A);
        var path = StoredFile();
        var whole = await File.ReadAllBytesAsync(path);
        whole[^5] ^= 1;
        await File.WriteAllBytesAsync(path, whole);
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);

        await using var directory = Open(Down());
        await using var watch = await StartWhileDownAsync(directory);

        Assert.Null(watch.Current);
        var warning = Assert.Single(_log.Entries, e => e.Level == LogLevel.Warning && e.Message.Contains("stored list", StringComparison.Ordinal));
        Assert.Contains(path, warning.Message, StringComparison.Ordinal);
        Assert.Contains("its checksum is wrong", warning.Message, StringComparison.Ordinal);
        Assert.Contains("delete it", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileOfAnotherQuestion_IsNotUsed()
    {
        await RunOnceAsync(A);
        await using var directory = Open(Down());
        await using var watch = directory.Watch(new ServiceQuery("orders") { Tags = ["v1"] });
        await Eventually.TrueAsync(() => watch.Failure is not null);

        Assert.Null(watch.Current);
    }

    [Fact]
    public async Task DirectoryThatCantBeWritten_IsToldOnceAndTheWatchGoesOn()
    {
        var file = Path.Combine(_disk.FullName, "occupied");
        await File.WriteAllTextAsync(file, "");
        var source = new ScriptedSource();
        await using (var directory = Open(source, o => o.SnapshotDirectory = file))
        {
            await using var watch = directory.Watch(s_orders);
            source.Answer(1, A);
            await watch.FirstAsync().AsTask().WithinAsync();
            Assert.Equal([A], watch.Current!.List());
        }

        var warning = Assert.Single(_log.Entries, e => e.Level == LogLevel.Warning);
        Assert.Contains("make SnapshotDirectory one that this process may write to", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DirectoryThatCantBeWritten_IsToldAtTheStart_WithoutAnyList()
    {
        var file = Path.Combine(_disk.FullName, "occupied");
        await File.WriteAllTextAsync(file, "");
        await using var directory = Open(Down(), o => o.SnapshotDirectory = file);

        await Eventually.TrueAsync(() => _log.Entries.Any(static e => e.Message.Contains("make SnapshotDirectory one", StringComparison.Ordinal)));
        Assert.DoesNotContain(_log.Entries, static e => e.Message.Contains("..", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FilesThatNobodyWillUse_AreRemovedAndOthersStay()
    {
        string[] own =
        [
            "gone-0123456789abcdef.snapshot",
            "gone-0123456789abcdef.snapshot.0123456789abcdef0123456789abcdef.tmp",
            "0123456789abcdef0123456789abcdef.tmp",
        ];
        string[] others =
        [
            "notes.txt",
            "upload.tmp",
            "01234567-89ab-cdef-0123-456789abcdef.tmp",
            "db.snapshot",
            "db-2024.snapshot",
            "gone-0123456789ABCDEF.snapshot",
            "gone-0123456789abcdef.snapshot.1.tmp",
            "gone-0123456789abcdef.snapshot.bak",
            "a.b-0123456789abcdef.snapshot",
        ];
        foreach (var name in own.Concat(others))
        {
            var file = Path.Combine(_disk.FullName, name);
            await File.WriteAllTextAsync(file, "x");
            File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime - TimeSpan.FromDays(2));
        }

        await RunOnceAsync(A);

        var left = _disk.GetFiles().Select(static file => file.Name).ToHashSet();
        Assert.DoesNotContain(own, left.Contains);
        Assert.All(others, name => Assert.Contains(name, left));
    }

    [Fact]
    public async Task Files_AreReadableByTheirOwnerAlone()
    {
        await RunOnceAsync(A);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StoredFile()));
        }

        Assert.Empty(_disk.GetFiles("*.tmp"));
    }

    [Theory]
    [InlineData(" ", 60)]
    [InlineData("lists", 59)]
    public void OptionsOutOfRange_AreRefused(string directory, int seconds) =>
        Assert.ThrowsAny<ArgumentException>(() => new EndpointDirectory(
            new ScriptedSource(),
            new EndpointDirectoryOptions { SnapshotDirectory = directory, MaxSnapshotAge = TimeSpan.FromSeconds(seconds) }));
}
