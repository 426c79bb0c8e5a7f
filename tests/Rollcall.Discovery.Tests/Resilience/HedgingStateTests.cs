using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Tests.Resilience;

public class HedgingStateTests
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void Copies_FollowByTheClockUpToTheirNumber()
    {
        var state = State(attempts: 3);
        for (var copy = 1; copy <= 3; copy++)
        {
            Assert.True(state.TrySend());
            Assert.Equal(copy < 3, state.TryGetNext(TimeSpan.MaxValue, out var delay));
            Assert.Equal(s_delay, delay);
        }

        Assert.False(state.TrySend());
        Assert.Equal(3, state.Sent);
    }

    [Fact]
    public void CopyWhoseTurnComesAfterTheDeadline_IsNotWaitedFor()
    {
        var state = State();
        state.TrySend();

        Assert.False(state.TryGetNext(s_delay, out _));
        Assert.True(state.TryGetNext(s_delay + TimeSpan.FromMilliseconds(1), out _));
    }

    [Fact]
    public void FatalStatus_EndsTheCall()
    {
        var state = Sent(2);
        Assert.Equal(HedgeStep.End, state.OnFailure(nonFatal: false, neverSent: false, null, running: 1, TimeSpan.MaxValue));
    }

    [Fact]
    public void NonFatalStatus_SendsTheNextAtOnceAndTheLastEndsTheCall()
    {
        var state = Sent(1);
        Assert.Equal(HedgeStep.SendNow, state.OnFailure(nonFatal: true, neverSent: false, null, running: 0, TimeSpan.MaxValue));

        state = Sent(3);
        Assert.Equal(HedgeStep.SendNow, state.OnFailure(nonFatal: true, neverSent: false, null, running: 1, TimeSpan.MaxValue));
        Assert.False(state.TrySend());
        Assert.Equal(HedgeStep.End, state.OnFailure(nonFatal: true, neverSent: false, null, running: 0, TimeSpan.MaxValue));
    }

    [Fact]
    public void Pushback_SaysWhenAndANegativeOneThatNoneFollows()
    {
        var wait = TimeSpan.FromSeconds(1);
        Assert.Equal(HedgeStep.SendLater, Sent(1).OnFailure(nonFatal: true, neverSent: false, wait, running: 0, TimeSpan.MaxValue));
        Assert.Equal(HedgeStep.End, Sent(1).OnFailure(nonFatal: true, neverSent: false, wait, running: 0, remaining: wait));

        var state = Sent(2);
        Assert.Equal(HedgeStep.SendNow, state.OnFailure(nonFatal: true, neverSent: false, TimeSpan.FromMilliseconds(-1), running: 1, TimeSpan.MaxValue));
        Assert.False(state.TrySend());
    }

    [Fact]
    public void CopyThatNoServerHasSeen_SaysNothingOfTheOthersAndCostsNothing()
    {
        var throttle = new RetryThrottle(2, 1);
        var state = new HedgingState(Settings(3), throttle);
        state.TrySend();
        state.TrySend();

        Assert.Equal(HedgeStep.GoOn, state.OnFailure(nonFatal: false, neverSent: true, null, running: 1, TimeSpan.MaxValue));
        Assert.True(throttle.AllowsRetry);
        Assert.Equal(HedgeStep.End, state.OnFailure(nonFatal: false, neverSent: true, null, running: 0, TimeSpan.MaxValue));
    }

    [Fact]
    public void EmptyBucket_HoldsCopiesBackButNeverTheFirst()
    {
        var throttle = new RetryThrottle(1, 1);
        throttle.OnFailure();
        var state = new HedgingState(Settings(3), throttle);

        Assert.True(state.TrySend());
        Assert.False(state.TrySend());
    }

    private static HedgingSettings Settings(int attempts) => new(attempts, s_delay, new CallStatusSet(CallStatus.Unavailable));

    private static HedgingState State(int attempts = 3) => new(Settings(attempts), null);

    private static HedgingState Sent(int copies)
    {
        var state = State();
        for (var i = 0; i < copies; i++)
        {
            Assert.True(state.TrySend());
        }

        return state;
    }
}
