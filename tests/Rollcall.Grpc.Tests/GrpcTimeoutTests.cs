namespace Rollcall.Grpc.Tests;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1H", 3600.0)]
    [InlineData("2M", 120.0)]
    [InlineData("3S", 3.0)]
    [InlineData("4m", 0.004)]
    [InlineData("5u", 0.000005)]
    [InlineData("600n", 0.0000006)]
    [InlineData("0S", 0.0)]
    [InlineData("00000001S", 1.0)]
    [InlineData("99999999H", 359999996400.0)]
    public void WellFormed_IsRead(string text, double seconds)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout));
        Assert.Equal(TimeSpan.FromSeconds(seconds), timeout);
    }

    [Fact]
    public void Nanoseconds_RoundUpToATick()
    {
        Assert.True(GrpcTimeout.TryParse("1n", out var timeout));
        Assert.Equal(1, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("1 S")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData("1.5S")]
    [InlineData("100000000S")]
    [InlineData("١S")]
    public void Malformed_IsRefused(string text) => Assert.False(GrpcTimeout.TryParse(text, out _));

    [Theory]
    [InlineData(-1, "1n")]
    [InlineData(0, "1n")]
    [InlineData(1, "100n")]
    [InlineData(999_999, "99999900n")]
    [InlineData(1_000_000, "100000u")]
    [InlineData(TimeSpan.TicksPerSecond, "1000000u")]
    [InlineData(TimeSpan.TicksPerSecond * 100, "100000m")]
    [InlineData((TimeSpan.TicksPerSecond * 100) + 1, "100001m")]
    [InlineData(TimeSpan.TicksPerSecond * 100_000, "100000S")]
    [InlineData(TimeSpan.TicksPerSecond * 100_000_000, "1666667M")]
    [InlineData(TimeSpan.TicksPerMinute * 100_000_000, "1666667H")]
    [InlineData(long.MaxValue, "99999999H")]
    public void Format_TakesTheFinestUnitRoundedUp(long ticks, string expected) =>
        Assert.Equal(expected, GrpcTimeout.Format(new TimeSpan(ticks)));

    [Fact]
    public void Format_IsReadBackNoShorterAndAtMostOneUnitLonger()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var timeout = new TimeSpan(random.NextInt64(1, TimeSpan.FromDays(1000).Ticks >> random.Next(0, 50)) + 1);

            Assert.True(GrpcTimeout.TryParse(GrpcTimeout.Format(timeout), out var parsed));
            Assert.InRange(parsed, timeout, timeout + new TimeSpan(timeout.Ticks / 100_000) + TimeSpan.FromMicroseconds(1));
        }
    }
}
