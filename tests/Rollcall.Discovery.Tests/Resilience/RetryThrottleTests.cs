using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Tests.Resilience;

public class RetryThrottleTests
{
    [Fact]
    public void AllCallsFail_AttemptsPerCallFallToOne()
    {
        var throttle = new RetryThrottle(10, 0.1);
        var settings = new RetrySettings(5, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1), 1, new CallStatusSet(CallStatus.Unavailable));
        var random = new Random(1);

        var before = Attempts(calls: 3);
        var after = Attempts(calls: 1000);

        Assert.True(before > 3, $"{before} attempts of 3 calls: nothing was retried before the bucket was half empty.");
        Assert.InRange(after / 1000.0, 1, 1.1);

        int Attempts(int calls)
        {
            var attempts = 0;
            for (var i = 0; i < calls; i++)
            {
                var state = new RetryState(settings, throttle, random);
                do
                {
                    attempts++;
                }
                while (state.TryNext(true, null, TimeSpan.MaxValue, out _));
            }

            return attempts;
        }
    }

    [Fact]
    public void Successes_FillItUpAgain()
    {
        var throttle = new RetryThrottle(10, 0.5);
        for (var i = 0; i < 100; i++)
        {
            throttle.OnFailure();
        }

        for (var i = 0; i < 10; i++)
        {
            Assert.False(throttle.AllowsRetry);
            throttle.OnSuccess();
        }

        Assert.False(throttle.AllowsRetry);
        throttle.OnSuccess();
        Assert.True(throttle.AllowsRetry);
    }

    [Fact]
    public void Resize_KeepsHowFullItIs()
    {
        var throttle = new RetryThrottle(10, 0.1);
        for (var i = 0; i < 4; i++)
        {
            throttle.OnFailure();
        }

        var larger = throttle.Resize(100, 0.1);

        Assert.True(larger.AllowsRetry);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(larger.AllowsRetry);
            larger.OnFailure();
        }

        Assert.False(larger.AllowsRetry);
        Assert.Same(throttle, throttle.Resize(10, 0.1));
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(1001, 0.1)]
    [InlineData(10, 0)]
    [InlineData(10, 1001)]
    [InlineData(10, double.NaN)]
    public void OutOfRange_IsRefused(int tokens, double ratio) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryThrottle(tokens, ratio));
}
