namespace Rollcall.Consul.Wire.Tests;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("+0", 0L)]
    [InlineData("-0", 0L)]
    [InlineData("0s", 0L)]
    [InlineData("5s", 5_000_000_000L)]
    [InlineData("30s", 30_000_000_000L)]
    [InlineData("1478s", 1_478_000_000_000L)]
    [InlineData("-5s", -5_000_000_000L)]
    [InlineData("+5s", 5_000_000_000L)]
    [InlineData("5.0s", 5_000_000_000L)]
    [InlineData("5.6s", 5_600_000_000L)]
    [InlineData("5.s", 5_000_000_000L)]
    [InlineData(".5s", 500_000_000L)]
    [InlineData("1.004s", 1_004_000_000L)]
    [InlineData("100.00100s", 100_001_000_000L)]
    [InlineData("10ns", 10L)]
    [InlineData("11us", 11_000L)]
    [InlineData("12µs", 12_000L)]
    [InlineData("12μs", 12_000L)]
    [InlineData("13ms", 13_000_000L)]
    [InlineData("15m", 900_000_000_000L)]
    [InlineData("16h", 57_600_000_000_000L)]
    [InlineData("3h30m", 12_600_000_000_000L)]
    [InlineData("10.5s4m", 250_500_000_000L)]
    [InlineData("1h15m30.918273645s", 4_530_918_273_645L)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    [InlineData("-9223372036854775807ns", -long.MaxValue)]
    public void TryParse_WhatGoReads_IsRead(string text, long nanoseconds)
    {
        Assert.True(GoDuration.TryParseNanoseconds(text, out var value));
        Assert.Equal(nanoseconds, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("-")]
    [InlineData("+")]
    [InlineData("s")]
    [InlineData(".")]
    [InlineData("-.")]
    [InlineData(".s")]
    [InlineData("1x")]
    [InlineData("1.2.3s")]
    [InlineData("abc")]
    [InlineData("5s ")]
    [InlineData(" 5s")]
    [InlineData("1e3s")]
    [InlineData("3000000h")]
    [InlineData("9223372036854775808ns")]
    [InlineData("5S")]
    public void TryParse_WhatGoRefuses_IsRefused(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData("0s", 0L)]
    [InlineData("1ns", 1L)]
    [InlineData("99ns", 1L)]
    [InlineData("-99ns", -1L)]
    [InlineData("199ns", 1L)]
    [InlineData("-200ns", -2L)]
    [InlineData("9223372036854775807ns", 92233720368547758L)]
    public void TryParse_IsInStepsOf100Nanoseconds_AndZeroForNothingElse(string text, long ticks)
    {
        Assert.True(GoDuration.TryParse(text, out var value));
        Assert.Equal(ticks, value.Ticks);
    }

    [Theory]
    [InlineData(0L, "0s")]
    [InlineData(1L, "1ns")]
    [InlineData(1_100L, "1.1µs")]
    [InlineData(2_200_000L, "2.2ms")]
    [InlineData(3_300_000_000L, "3.3s")]
    [InlineData(245_000_000_000L, "4m5s")]
    [InlineData(90_000_000_000L, "1m30s")]
    [InlineData(3_600_000_000_000L, "1h0m0s")]
    [InlineData(18_367_001_000_000L, "5h6m7.001s")]
    [InlineData(-1_500_000_000L, "-1.5s")]
    [InlineData(long.MaxValue, "2562047h47m16.854775807s")]
    public void Format_AsGoWritesIt(long nanoseconds, string text)
    {
        Assert.Equal(text, GoDuration.FormatNanoseconds(nanoseconds));
        Assert.True(GoDuration.TryParseNanoseconds(text, out var back));
        Assert.Equal(nanoseconds, back);
    }
}
