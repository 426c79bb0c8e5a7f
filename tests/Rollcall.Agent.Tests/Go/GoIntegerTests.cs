using Rollcall.Agent.Go;

namespace Rollcall.Agent.Tests.Go;

public sealed class GoIntegerTests
{
    [Theory]
    [InlineData("80", 80)]
    [InlineData("+80", 80)]
    [InlineData("-0x50", -80)]
    [InlineData("0X5f", 95)]
    [InlineData("0120", 80)]
    [InlineData("0o120", 80)]
    [InlineData("0b1010000", 80)]
    [InlineData("8_0", 80)]
    [InlineData("0_120", 80)]
    [InlineData("0x_50", 80)]
    [InlineData("00", 0)]
    [InlineData("-0", 0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void Number_IsReadInTheBaseThatItSays(string text, long expected) => Assert.Equal((expected, ""), (GoInteger.Read(text, out var error), error));

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+-80")]
    [InlineData(" 80")]
    [InlineData("080")]
    [InlineData("0x")]
    [InlineData("0b12")]
    [InlineData("_80")]
    [InlineData("80_")]
    [InlineData("8__0")]
    [InlineData("0x50_")]
    [InlineData("80.0")]
    [InlineData("1e2")]
    [InlineData("9223372036854775808x")]
    public void WhatIsNoNumber_IsRefused(string text)
    {
        Assert.Null(GoInteger.Read(text, out var error));
        Assert.Equal("invalid syntax", error);
    }

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("0x1_0000_0000_0000_0000")]
    [InlineData("99999999999999999999x")]
    public void TooLargeANumber_IsTold(string text)
    {
        Assert.Null(GoInteger.Read(text, out var error));
        Assert.Equal("value out of range", error);
    }

    [Theory]
    [InlineData("4294967295", 4294967295UL, "")]
    [InlineData("0xffff_ffff", 4294967295UL, "")]
    [InlineData("4294967296", null, "value out of range")]
    [InlineData("+1", null, "invalid syntax")]
    [InlineData("-1", null, "invalid syntax")]
    public void UnsignedNumber_HasNoSignAndAnEnd(string text, ulong? expected, string fault) =>
        Assert.Equal((expected, fault), (GoInteger.ReadUnsigned(text, uint.MaxValue, out var error), error));
}
