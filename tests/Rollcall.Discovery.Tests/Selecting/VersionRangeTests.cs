using Rollcall.Discovery.Selecting;
using Rollcall.Discovery.Selecting.Internal;

namespace Rollcall.Discovery.Tests.Selecting;

public sealed class VersionRangeTests
{
    /// <summary>The order of Semantic Versioning 2.0.0, clause 11, with its own examples among them.</summary>
    private static readonly string[] s_ascending =
    [
        "0.0.0-0", "0.0.0", "0.0.1-rc", "0.0.1", "0.1.0", "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
        "1.0.0-beta.11", "1.0.0-beta.99999999999999999999", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "10.0.0", "999999999999999.0.0",
    ];

    [Fact]
    public void Versions_AreOrderedAsSemVerOrdersThem()
    {
        SemanticVersion[] versions = [.. s_ascending.Select(Read)];

        for (var i = 0; i < versions.Length; i++)
        {
            for (var j = 0; j < versions.Length; j++)
            {
                Assert.True(
                    Math.Sign(versions[i].CompareTo(versions[j])) == i.CompareTo(j), $"{s_ascending[i]} and {s_ascending[j]} are in the wrong order");
            }
        }
    }

    [Theory]
    [InlineData("v1.2.3", "1.2.3")]
    [InlineData("1.2.3+build.007", "1.2.3")]
    [InlineData("1.2", "1.2.0")]
    [InlineData("7", "7.0.0")]
    [InlineData("1.2.3-rc.1+5", "1.2.3-rc.1")]
    public void Version_IsReadAsPeopleWriteIt(string text, string version) => Assert.Equal(version, Read(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("1.2.3.4")]
    [InlineData("01.2.3")]
    [InlineData("1.2.3-")]
    [InlineData("1.2.3-01")]
    [InlineData("1.2.3-a..b")]
    [InlineData("1.2.3+")]
    [InlineData("1.2-rc")]
    [InlineData("1.2.3-rc_1")]
    [InlineData("-1.2.3")]
    [InlineData("1.-2.3")]
    [InlineData("1. 2.3")]
    [InlineData("latest")]
    [InlineData("9999999999999999.0.0")]
    [InlineData("１.2.3")]
    public void NoVersion_IsInNoRange(string text)
    {
        Assert.False(SemanticVersion.TryParse(text, out _));
        Assert.False(VersionRange.Parse(">=0.0.0-0 || *").Contains(text));
    }

    [Theory]
    [InlineData("1.2.3", "1.2.3 v1.2.3 1.2.3+b", "1.2.2 1.2.4 1.2.3-rc")]
    [InlineData("=1.2.3", "1.2.3", "1.2.4")]
    [InlineData("1.2", "1.2.0 1.2.99", "1.1.9 1.3.0 1.3.0-rc 1.2.0-rc")]
    [InlineData("1", "1.0.0 1.99.0", "0.9.0 2.0.0 2.0.0-rc")]
    [InlineData("1.x", "1.0.0 1.99.0", "0.9.0 2.0.0")]
    [InlineData("1.2.X", "1.2.0 1.2.99", "1.3.0")]
    [InlineData("*", "0.0.0 1.0.0 99.0.0", "1.0.0-rc")]
    [InlineData("!=1.2.3", "1.2.2 1.2.4 2.0.0", "1.2.3")]
    [InlineData("!=1.2", "1.1.9 1.3.0", "1.2.0 1.2.9")]
    [InlineData(">1.2.3", "1.2.4 2.0.0", "1.2.3 1.2.3-rc 0.9.0")]
    [InlineData(">1.2", "1.3.0 2.0.0", "1.2.0 1.2.9")]
    [InlineData(">=1.2", "1.2.0 2.0.0", "1.1.9 1.2.0-rc")]
    [InlineData("<1.2.3", "1.2.2 0.0.0", "1.2.3 1.2.3-rc 1.2.4")]
    [InlineData("<2", "1.9.9 0.1.0", "2.0.0 2.0.0-rc.1")]
    [InlineData("<=1.2.3", "1.2.3 1.2.2", "1.2.4")]
    [InlineData("<=1.2", "1.2.99 1.0.0", "1.3.0")]
    [InlineData("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0")]
    [InlineData("~1.2", "1.2.0 1.2.9", "1.3.0")]
    [InlineData("~1", "1.0.0 1.9.0", "2.0.0")]
    [InlineData("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-rc")]
    [InlineData("^1.2", "1.2.0 1.9.0", "1.1.9 2.0.0")]
    [InlineData("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 1.0.0")]
    [InlineData("^0.0.3", "0.0.3", "0.0.2 0.0.4")]
    [InlineData("^0", "0.0.1 0.9.0", "1.0.0")]
    [InlineData("^0.0", "0.0.1 0.0.9", "0.1.0")]
    [InlineData(">=1.4 <2", "1.4.0 1.9.9", "1.3.9 2.0.0")]
    [InlineData(">=1.4, <2", "1.4.0 1.9.9", "1.3.9 2.0.0")]
    [InlineData(">= 1.4 < 2", "1.4.0", "2.0.0")]
    [InlineData("1.2.3 || ^2", "1.2.3 2.5.0", "1.2.4 3.0.0")]
    [InlineData("^1 !=1.5.0", "1.4.9 1.5.1", "1.5.0")]
    [InlineData(">=2.0.0-rc.1", "2.0.0-rc.1 2.0.0-rc.2 2.0.0 3.0.0", "2.0.0-beta 2.1.0-rc.1 1.9.0")]
    [InlineData(">=1.0.0-alpha <1.0.0", "1.0.0-beta 1.0.0-alpha", "1.0.0 0.9.0 0.9.0-beta")]
    [InlineData("^2.0.0-rc.1", "2.0.0-rc.1 2.0.0 2.9.0", "3.0.0 2.1.0-rc.1")]
    [InlineData(">*", "", "0.0.0 9.9.9")]
    [InlineData("<*", "", "0.0.0 9.9.9")]
    [InlineData("!=*", "", "0.0.0 9.9.9")]
    public void Range_HoldsWhatItSays(string range, string inside, string outside)
    {
        var read = VersionRange.Parse(range);

        Assert.All(inside.Split(' ', StringSplitOptions.RemoveEmptyEntries), v => Assert.True(read.Contains(v), $"{v} is not in {range}"));
        Assert.All(outside.Split(' '), v => Assert.False(read.Contains(v), $"{v} is in {range}"));
    }

    [Theory]
    [InlineData("", "1 to 256 characters")]
    [InlineData("  ", "1 to 256 characters")]
    [InlineData("latest", "'latest' is not a version")]
    [InlineData(">=", "after '>=' there is no version")]
    [InlineData("=>1.2", "'>1.2' is not a version")]
    [InlineData("1.2.3.4", "'1.2.3.4' is not a version")]
    [InlineData("1.2 - 1.4", "'-' is not a version")]
    [InlineData("1.2 ||", "nothing on one side of '||'")]
    [InlineData("|| 1.2", "nothing on one side of '||'")]
    [InlineData("x.2", "'x.2' is not a version")]
    public void Unusable_IsRefusedWithThePart(string range, string expected)
    {
        var e = Assert.Throws<FormatException>(() => VersionRange.Parse(range));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains("^1.2", e.Message, StringComparison.Ordinal);
        Assert.False(VersionRange.TryParse(range, out _, out _));
    }

    [Fact]
    public void TextBeyondTheLimit_IsRefused()
    {
        Assert.True(VersionRange.TryParse(string.Concat(Enumerable.Repeat("1.2 ", 64)), out _, out _));
        Assert.False(VersionRange.TryParse(string.Concat(Enumerable.Repeat("1.2 ", 65)), out _, out _));
    }

    [Fact]
    public void RangesWrittenAlike_AreEqual()
    {
        Assert.Equal(VersionRange.Parse("^1.2 "), VersionRange.Parse("^1.2"));
        Assert.NotEqual(VersionRange.Parse("^1.2"), VersionRange.Parse("^1.3"));
        Assert.Equal("^1.2", VersionRange.Parse(" ^1.2").ToString());
    }

    private static SemanticVersion Read(string text)
    {
        Assert.True(SemanticVersion.TryParse(text, out var version), $"'{text}' is not read");
        return version;
    }
}
