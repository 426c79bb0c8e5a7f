namespace Rollcall.TestKit.Tests;

public class FakeTimeProviderTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Delay_CompletesOnlyWhenItsTimeHasCome()
    {
        var delay = Task.Delay(TimeSpan.FromSeconds(10), _time);

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(delay.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1));
        await delay.WithinAsync();
        Assert.Equal(0, _time.PendingTimers);
    }

    [Fact]
    public void PeriodicTimer_FiresOncePerPeriod_AtTheTimesItWasDue()
    {
        var start = _time.GetUtcNow();
        List<TimeSpan> fired = [];
        using var timer = _time.CreateTimer(
            _ => fired.Add(_time.GetUtcNow() - start), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));

        _time.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal([TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(8)], fired);
        Assert.Equal(TimeSpan.FromSeconds(9), _time.GetUtcNow() - start);
    }

    [Fact]
    public void TimersDueTogether_FireInTheOrderOfTheirCreation()
    {
        List<int> fired = [];
        using var first = _time.CreateTimer(_ => fired.Add(1), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var second = _time.CreateTimer(_ => fired.Add(2), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([1, 2], fired);
    }

    [Fact]
    public void DisposedTimer_NeverFires()
    {
        var timer = _time.CreateTimer(_ => Assert.Fail("fired"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        timer.Dispose();

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public async Task TimerDueNow_FiresWithoutAnAdvance() => await Task.Delay(TimeSpan.FromTicks(0), _time).WithinAsync();

    [Fact]
    public async Task WaitForTimers_CompletesWhenTheLoopHasReachedItsDelay()
    {
        var rounds = 0;
        using var stop = new CancellationTokenSource();
        var loop = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromSeconds(5), _time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                rounds++;
            }
        });

        for (var i = 0; i < 3; i++)
        {
            await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
            Assert.Equal(i, rounds);
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        await _time.WaitForTimersAsync(1);
        await stop.CancelAsync();
        await loop.WithinAsync();
    }

    [Fact]
    public async Task WaitForTimers_NoneComes_NamesTheLineAndWhatIsPending()
    {
        using var timer = _time.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(7), Timeout.InfiniteTimeSpan);

        var e = await Assert.ThrowsAsync<TimeoutException>(() => _time.WaitForTimersAsync(2, TimeSpan.FromMilliseconds(20)));

        Assert.Contains("FakeTimeProviderTests.cs:", e.Message, StringComparison.Ordinal);
        Assert.Contains("00:00:07", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Timestamp_MovesWithTheClock()
    {
        var before = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(1500));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), _time.GetElapsedTime(before));
    }

    [Fact]
    public async Task CancellationTokenSource_CancelsAtItsTime()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(30), _time);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = source.Token.Register(cancelled.SetResult);

        _time.Advance(TimeSpan.FromSeconds(30));

        await cancelled.Task.WithinAsync();
    }
}
