using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Tests.Resilience;

public class RetryStateTests
{
    [Fact]
    public void Backoff_GrowsToItsCapAndIsSpreadByAFifth()
    {
        var settings = new RetrySettings(5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), 2, new CallStatusSet(CallStatus.Unavailable));
        var random = new Random(17);
        double[] plain = [1, 2, 4, 5, 5];
        for (var number = 0; number < plain.Length; number++)
        {
            var waits = Enumerable.Range(0, 2000).Select(_ => settings.Backoff(number, random).TotalSeconds / plain[number]).ToArray();
            Assert.All(waits, wait => Assert.InRange(wait, 0.8, 1.2));
            Assert.InRange(waits.Min(), 0.8, 0.81);
            Assert.InRange(waits.Max(), 1.19, 1.2);
            Assert.InRange(waits.Average(), 0.99, 1.01);
        }
    }

    [Fact]
    public void Attempts_EndAtTheCap()
    {
        var state = State(attempts: 10, cap: 3);

        Assert.True(state.TryNext(true, null, TimeSpan.MaxValue, out _));
        Assert.True(state.TryNext(true, null, TimeSpan.MaxValue, out _));
        Assert.False(state.TryNext(true, null, TimeSpan.MaxValue, out _));
        Assert.Equal(2, state.Made);
    }

    [Fact]
    public void WaitThatOutlastsTheDeadline_IsNotBegun()
    {
        var state = State(initial: TimeSpan.FromSeconds(1));

        Assert.False(state.TryNext(true, null, TimeSpan.FromMilliseconds(700), out _));
        Assert.Equal(0, state.Made);
        Assert.False(state.TryNext(true, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), out _));
        Assert.True(state.TryNext(true, null, TimeSpan.FromSeconds(2), out var delay));
        Assert.InRange(delay, TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(1.2));
    }

    [Fact]
    public void Pushback_SaysTheWaitAndStartsTheBackoffAgain()
    {
        var state = State(initial: TimeSpan.FromSeconds(1), multiplier: 10);

        Assert.True(state.TryNext(true, null, TimeSpan.MaxValue, out _));
        Assert.True(state.TryNext(true, TimeSpan.FromMilliseconds(30), TimeSpan.MaxValue, out var asked));
        Assert.Equal(TimeSpan.FromMilliseconds(30), asked);
        Assert.True(state.TryNext(true, null, TimeSpan.MaxValue, out var next));
        Assert.InRange(next, TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(1.2));
    }

    [Fact]
    public void NegativePushback_ForbidsAndTakesAToken()
    {
        var throttle = new RetryThrottle(2, 1);
        var state = State(throttle: throttle);

        Assert.False(state.TryNext(false, TimeSpan.FromMilliseconds(-1), TimeSpan.MaxValue, out _));
        Assert.False(throttle.AllowsRetry);
    }

    [Fact]
    public void StatusThatIsNotRetried_TakesNoToken()
    {
        var throttle = new RetryThrottle(2, 1);

        Assert.False(State(throttle: throttle).TryNext(false, null, TimeSpan.MaxValue, out _));
        Assert.True(throttle.AllowsRetry);
    }

    private static RetryState State(
        int attempts = 5, int? cap = null, TimeSpan? initial = null, double multiplier = 2, RetryThrottle? throttle = null) =>
        new(new RetrySettings(
                attempts, initial ?? TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), multiplier, new CallStatusSet(CallStatus.Unavailable)).Cap(cap),
            throttle,
            new Random(1));
}
