using Rollcall.Discovery.Sources;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Sources;

/// <summary>One of several sources comes back, or has lost its state: what it leaves out is not taken for gone at once.</summary>
public sealed class CombinedCollapseTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SwitchedSource _one = new("one");
    private readonly SwitchedSource _two = new("two");
    private EndpointDirectory? _directory;

    public ValueTask DisposeAsync() => _directory?.DisposeAsync() ?? default;

    [Fact]
    public async Task First_ComesBackEmpty_TheBackupsListIsHeldForATime()
    {
        _one.Say("a", "b", "c");
        _two.Say("d", "e", "f");
        var watch = Watch(new FirstEndpointSource([_one, _two], _time));
        await ServesAsync(watch, SnapshotFreshness.Fresh, "a", "b", "c");
        _one.Fail();
        await ServesAsync(watch, SnapshotFreshness.Fresh, "d", "e", "f");

        _one.Say();
        await ServesAsync(watch, SnapshotFreshness.Suspect, "d", "e", "f");

        Assert.Contains("fell from 3 to 0 while one had just come back from an outage", watch.Current!.Reason, StringComparison.Ordinal);
        Assert.EndsWith("held for 30 s at most", watch.Current.Reason, StringComparison.Ordinal);
        await ServesAsync(watch, SnapshotFreshness.Fresh);
    }

    [Fact]
    public async Task First_LosesItsState_TheListIsHeld()
    {
        _one.Say(70, "a", "b", "c");
        _two.Say(90, "d");
        var watch = Watch(new FirstEndpointSource([_one, _two], _time));
        await ServesAsync(watch, SnapshotFreshness.Fresh, "a", "b", "c");

        _one.Say(5);
        await ServesAsync(watch, SnapshotFreshness.Suspect, "a", "b", "c");

        Assert.Contains("the index of one went backwards from 70 to 5", watch.Current!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merged_ComesBackEmptyAfterALongOutage_TheListIsHeldFromThenOn()
    {
        _one.Say("a", "b", "c");
        _two.Say("d");
        var watch = Watch(new MergedEndpointSource([_one, _two], _time));
        await ServesAsync(watch, SnapshotFreshness.Fresh, "a", "b", "c", "d");
        _one.Fail();
        await ServesAsync(watch, SnapshotFreshness.Suspect, "a", "b", "c", "d");
        _time.Advance(TimeSpan.FromMinutes(5));

        _one.Say();
        await _time.AdvanceUntilAsync(
            TimeSpan.FromMilliseconds(250), () => watch.Current!.Reason is not { } reason || reason.Contains("one had just come back", StringComparison.Ordinal));

        Assert.Equal(["a", "b", "c", "d"], watch.Current!.Endpoints.Select(static e => e.Host).Order());
        await ServesAsync(watch, SnapshotFreshness.Fresh, "d");
    }

    [Fact]
    public async Task Merged_SuspicionIsToldOnce()
    {
        _one.Say("a");
        _two.Say("b");
        await using var updates = new MergedEndpointSource([_one, _two], _time).WatchAsync(new ServiceQuery("web"), default).GetAsyncEnumerator();
        await NextAsync(updates);
        _one.Fail();
        Assert.Null((await NextAsync(updates)).Suspicion);

        _one.Say("a", "c");
        var back = NextAsync(updates);
        await _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => back.IsCompleted);
        Assert.Equal("one had just come back from an outage", (await back).Suspicion);

        _two.Say();
        Assert.Null((await NextAsync(updates)).Suspicion);
    }

    private EndpointWatch Watch(IEndpointSource source)
    {
        _directory = new EndpointDirectory(source, new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero }, _time);
        return _directory.Watch(new ServiceQuery("web"));
    }

    private Task ServesAsync(EndpointWatch watch, SnapshotFreshness freshness, params string[] hosts) => _time.AdvanceUntilAsync(
        TimeSpan.FromMilliseconds(250),
        () => watch.Current is { } list && list.Freshness == freshness && list.Endpoints.Select(static e => e.Host).Order().SequenceEqual(hosts));

    private static async Task<EndpointUpdate> NextAsync(IAsyncEnumerator<EndpointUpdate> updates)
    {
        Assert.True(await updates.MoveNextAsync().AsTask().WithinAsync());
        return updates.Current;
    }
}
