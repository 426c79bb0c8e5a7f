using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests;

/// <summary>An empty list is not taken as the truth in an outage of the registry.</summary>
public sealed class CollapseTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSource _source = new();
    private readonly LogCollector _log = new();
    private readonly EndpointDirectory _directory;
    private readonly EndpointWatch _watch;

    public CollapseTests()
    {
        _directory = new EndpointDirectory(
            _source, new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero }, _time, _log, new Random(1));
        _watch = _directory.Watch(new ServiceQuery("orders"));
    }

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }

    private async Task<EndpointSnapshot> AnsweredAsync(ulong index, string? doubt, params Endpoint[] endpoints)
    {
        _source.Answer(new EndpointUpdate { Index = index, Endpoints = [.. endpoints], Doubt = doubt });
        await Eventually.TrueAsync(() => _watch.Current?.Index == index);
        return _watch.Current!;
    }

    /// <summary>The source fails once and is back right after the pause.</summary>
    private async Task OutageAsync()
    {
        _source.Fail("connection refused");
        await Eventually.TrueAsync(() => _watch.Failure is not null);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromMilliseconds(250));
    }

    private async Task RunOutAsync()
    {
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => _watch.Current!.Freshness == SnapshotFreshness.Fresh);
    }

    [Fact]
    public async Task AgentRestartedEmpty_ListIsHeldUntilTheInstancesAreBack()
    {
        await AnsweredAsync(50, null, A, B, C);
        await OutageAsync();

        var held = await AnsweredAsync(12, null);
        Assert.Equal([A, B, C], held.List());
        Assert.Equal(SnapshotFreshness.Suspect, held.Freshness);
        Assert.Contains("the index went backwards from 50 to 12", held.Reason, StringComparison.Ordinal);

        Assert.Equal([A, B, C], (await AnsweredAsync(13, null, B)).List());
        Assert.Equal([A, B, C], (await AnsweredAsync(14, null, B, C)).List());
        var back = await AnsweredAsync(15, null, A, B, C);
        Assert.Equal([A, B, C], back.List());
        Assert.Equal(SnapshotFreshness.Fresh, back.Freshness);
        Assert.Null(back.Reason);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(40)]
    public async Task ListCollapsesInADoubtThatLasts_IsHeldFromTheCollapseOn(int seconds)
    {
        await AnsweredAsync(50, null, Many(10));
        for (uint i = 0; i < seconds / 2; i++)
        {
            Assert.Equal(10, (await AnsweredAsync(51 + i, "no leader is known", Many(10))).Endpoints.Length);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        var held = await AnsweredAsync(7, "no leader is known");

        Assert.Equal(Many(10), held.List());
        Assert.Equal(SnapshotFreshness.Suspect, held.Freshness);
        Assert.EndsWith("held for 30 s at most", held.Reason, StringComparison.Ordinal);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(10, (await AnsweredAsync(8, "no leader is known")).Endpoints.Length);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => _watch.Current!.Endpoints.IsEmpty);
    }

    [Fact]
    public async Task IndexGoesBackwardsAgainWhileHeld_TheTimeStartsAnew()
    {
        await AnsweredAsync(50, null, A, B, C);
        await AnsweredAsync(10, null);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(20));

        var held = await AnsweredAsync(9, null);

        Assert.Equal([A, B, C], held.List());
        Assert.EndsWith("held for 30 s at most", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AgentRestartedEmptyWithAHigherIndex_ListIsHeldToo()
    {
        await AnsweredAsync(5, null, A);
        await OutageAsync();

        var held = await AnsweredAsync(12, null);

        Assert.Equal([A], held.List());
        Assert.Contains("just come back from an outage", held.Reason, StringComparison.Ordinal);
    }

    // A registry that was restarted with what it had on disk answers from before, and hears of the checks that began anew a moment later.
    [Theory]
    [InlineData(1)]
    [InlineData(29)]
    public async Task ListCollapsesSoonAfterTheFirstAnswerOfAnOutage_IsHeldFromTheCollapseOn(int seconds)
    {
        await AnsweredAsync(50, null, A, B, C);
        await OutageAsync();
        Assert.Equal(SnapshotFreshness.Fresh, (await AnsweredAsync(51, null, A, B, C)).Freshness);
        Assert.Equal([A, B], (await AnsweredAsync(52, null, A, B)).List());
        _time.Advance(TimeSpan.FromSeconds(seconds));

        var held = await AnsweredAsync(53, null);

        Assert.Equal([A, B], held.List());
        Assert.Equal(SnapshotFreshness.Suspect, held.Freshness);
        Assert.Contains("just come back from an outage", held.Reason, StringComparison.Ordinal);
        Assert.EndsWith("held for 30 s at most", held.Reason, StringComparison.Ordinal);
        await RunOutAsync();
        Assert.Empty(_watch.Current!.Endpoints);
    }

    [Fact]
    public async Task ListCollapsesLongAfterAnOutage_IsBelievedAtOnce()
    {
        await AnsweredAsync(50, null, A, B, C);
        await OutageAsync();
        await AnsweredAsync(51, null, A, B, C);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Empty((await AnsweredAsync(52, null)).Endpoints);
    }

    [Fact]
    public async Task ListCollapsesAgainAfterAHoldThatFollowedAnOutage_IsNotHeldForever()
    {
        await AnsweredAsync(50, null, A, B, C);
        await OutageAsync();
        await AnsweredAsync(51, null, A, B, C);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(3, (await AnsweredAsync(52, null)).Endpoints.Length);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(3, (await AnsweredAsync(53, null, A, B, C)).Endpoints.Length);

        Assert.Empty((await AnsweredAsync(54, null)).Endpoints);
    }

    [Fact]
    public async Task IndexWentBackwardsWithAFullList_ACollapseSoonAfterIsHeld()
    {
        await AnsweredAsync(50, null, A, B, C);
        await AnsweredAsync(40, null, A, B, C);

        var held = await AnsweredAsync(41, null);

        Assert.Equal([A, B, C], held.List());
        Assert.Contains("the index went backwards from 50 to 40", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewInstanceWhileHeld_IsServedTogetherWithTheHeldOnes()
    {
        await AnsweredAsync(50, null, A, B, C);
        await OutageAsync();
        await AnsweredAsync(10, null);
        var fresh = new Endpoint("d", "127.0.0.1", 1004);

        var held = await AnsweredAsync(11, null, fresh);

        Assert.Equal([A, B, C, fresh], held.List());
        Assert.Equal(SnapshotFreshness.Suspect, held.Freshness);
    }

    [Fact]
    public async Task AsManyOtherInstancesAsWereHeld_TheHeldOnesAreDropped()
    {
        await AnsweredAsync(50, null, A, B);
        await OutageAsync();
        await AnsweredAsync(10, null);

        var replaced = await AnsweredAsync(11, null, Many(2));

        Assert.Equal(Many(2), replaced.List());
        Assert.Equal(SnapshotFreshness.Fresh, replaced.Freshness);
    }

    [Fact]
    public async Task HoldRunsOut_TheAnswerIsBelieved()
    {
        await AnsweredAsync(50, null, A, B, C);
        await OutageAsync();
        await AnsweredAsync(10, null);
        await AnsweredAsync(11, null, B);
        Assert.Equal(3, _watch.Current!.Endpoints.Length);

        await RunOutAsync();

        Assert.Equal([B], _watch.Current.List());
    }

    [Fact]
    public async Task HoldRunsOutWhileTheSourceStillDoubtsTheAnswer_TheListIsSuspect()
    {
        await AnsweredAsync(50, null, A, B, C);
        var vouched = _time.GetUtcNow();
        await AnsweredAsync(51, "no leader is known");
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => _watch.Current!.Endpoints.IsEmpty);

        Assert.Equal(SnapshotFreshness.Suspect, _watch.Current!.Freshness);
        Assert.Equal("no leader is known", _watch.Current.Reason);
        Assert.Equal(vouched, _watch.Current.ConfirmedAt);
        Assert.Equal(SnapshotFreshness.Fresh, (await AnsweredAsync(52, null)).Freshness);
    }

    [Fact]
    public async Task HoldRunsOutAfterAnAnswerThatTheSourceDoesNotDoubt_TheListIsFresh()
    {
        await AnsweredAsync(50, null, A, B, C);
        await AnsweredAsync(51, "no leader is known");
        await AnsweredAsync(52, null);

        await RunOutAsync();

        Assert.Empty(_watch.Current!.Endpoints);
    }

    [Fact]
    public async Task HoldRunsOut_FurtherAnswersDoNotProlongIt()
    {
        await AnsweredAsync(50, null, A, B, C);
        await AnsweredAsync(51, "no known leader");
        for (uint i = 0; i < 29; i++)
        {
            await _time.WaitForTimersAsync(1);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(3, (await AnsweredAsync(52 + i, "no known leader")).Endpoints.Length);
        }

        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => _watch.Current!.Endpoints.IsEmpty);
    }

    [Fact]
    public async Task IndexRewoundUnderARunningWatch_TheSecondUndoubtedAnswerIsHeldToo()
    {
        await AnsweredAsync(50, null, A, B, C);
        _time.Advance(TimeSpan.FromDays(7));
        var doubtful = _time.GetUtcNow();

        await AnsweredAsync(3, "the index went backwards");
        _time.Advance(TimeSpan.FromSeconds(1));
        var second = await AnsweredAsync(4, null);

        Assert.Equal(doubtful, second.ConfirmedAt);
        Assert.Equal([A, B, C], second.List());
        Assert.Equal(SnapshotFreshness.Suspect, second.Freshness);
    }

    [Fact]
    public async Task NoLeaderButAFullList_IsTakenAndMarked()
    {
        await AnsweredAsync(50, null, A, B, C);

        var doubted = await AnsweredAsync(51, "no known leader", B, C);

        Assert.Equal([B, C], doubted.List());
        Assert.Equal(SnapshotFreshness.Suspect, doubted.Freshness);
        Assert.Equal(SnapshotFreshness.Fresh, (await AnsweredAsync(52, null, B, C)).Freshness);
    }

    [Fact]
    public async Task BelowHalfWithoutDoubt_IsBelievedAtOnce()
    {
        await AnsweredAsync(50, null, A, B, C);

        var one = await AnsweredAsync(51, null, C);

        Assert.Equal([C], one.List());
        Assert.Equal(SnapshotFreshness.Fresh, one.Freshness);
    }

    [Fact]
    public async Task BelowHalfInDoubt_IsHeld()
    {
        await AnsweredAsync(50, null, A, B, C);

        Assert.Equal(3, (await AnsweredAsync(51, "no known leader", C)).Endpoints.Length);
    }

    [Fact]
    public async Task SecondOutageWhileHeld_ListStaysAndTheTimeStartsAnew()
    {
        await AnsweredAsync(50, null, A, B, C);
        await OutageAsync();
        await AnsweredAsync(10, null);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(20));
        await OutageAsync();
        Assert.Equal(3, _watch.Current!.Endpoints.Length);

        Assert.Equal(3, (await AnsweredAsync(9, null)).Endpoints.Length);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(3, _watch.Current!.Endpoints.Length);
    }

    // Behind a proxy that ends long queries every answer is the first after an outage.
    [Fact]
    public async Task OutageAfterOutageWhileHeld_TheListIsBelievedInTheEnd()
    {
        await AnsweredAsync(50, null, A, B, C);
        for (uint i = 0; i < 5; i++)
        {
            await OutageAsync();
            Assert.Equal([A, B, C], (await AnsweredAsync(51 + i, null, C)).List());
            await _time.WaitForTimersAsync(1);
            _time.Advance(TimeSpan.FromSeconds(i < 4 ? 20 : 10));
        }

        await Eventually.TrueAsync(() => _watch.Current!.List() is [_]);
    }

    [Fact]
    public async Task SecondOutageOutlastsTheHold_ListStaysUntilTheSourceAnswers()
    {
        await AnsweredAsync(50, null, A, B, C);
        await OutageAsync();
        await AnsweredAsync(10, null);

        _source.Down = new HttpRequestException("connection refused");
        _source.Fail("connection refused");
        await Eventually.TrueAsync(() => _watch.Failure is not null);
        var opened = _source.Opened;
        _source.Down = null;
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(31));
        await Eventually.TrueAsync(() => _source.Opened > opened);
        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal([A, B, C], _watch.Current!.List());
        Assert.Equal(SnapshotFreshness.Stale, _watch.Current!.Freshness);
        Assert.NotNull(_watch.Failure);
        var held = await AnsweredAsync(11, null);
        Assert.Equal([A, B, C], held.List());
        Assert.Contains("held for 30 s at most", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FirstAnswerEverIsEmptyAndInDoubt_IsPublishedAndMarked()
    {
        var first = await AnsweredAsync(1, "no known leader");

        Assert.Empty(first.Endpoints);
        Assert.Equal(SnapshotFreshness.Suspect, first.Freshness);
    }
}
