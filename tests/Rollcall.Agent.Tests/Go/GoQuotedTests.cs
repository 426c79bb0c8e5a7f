using Rollcall.Agent.Go;

namespace Rollcall.Agent.Tests.Go;

public sealed class GoQuotedTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData(@"\a\b\f\n\r\t\v\\\""", "\a\b\f\n\r\t\v\\\"")]
    [InlineData(@"\x66\146\u0066\U00000066", "ffff")]
    [InlineData(@"\xc3\xa9 \303\251 é \u00e9", "é é é é")]
    [InlineData(@"\xff", "\ufffd")]
    [InlineData(@"\ud800", "\ufffd")]
    public void Text_IsWhatItStandsFor(string text, string expected) => Assert.Equal(expected, GoQuoted.Read(text));

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\"b")]
    [InlineData(@"\")]
    [InlineData(@"\q")]
    [InlineData(@"\'")]
    [InlineData(@"\x6")]
    [InlineData(@"\xg0")]
    [InlineData(@"\u006")]
    [InlineData(@"\U00110000")]
    [InlineData(@"\46")]
    [InlineData(@"\400")]
    [InlineData(@"\468")]
    public void WhatIsNotWellFormed_IsRefused(string text) => Assert.Null(GoQuoted.Read(text));
}
