using System.Globalization;
using Rollcall.Agent.Go.Expressions;

namespace Rollcall.Agent.Tests.Go;

/// <summary>What it matches is told by the conformance tests, which ask a real Consul.</summary>
public sealed class GoRegexTests
{
    private const int Many = 8000;

    [Fact]
    public void ClassesByTheThousand_AreRefused()
    {
        // All of them overlap, each elsewhere.
        var overlapping = string.Concat(Enumerable.Range(0, Many).Select(static i => $"[{(char)(0x100 + i)}-{(char)(0x4000 + i)}]"));
        var apart = string.Concat(Enumerable.Range(0, Many).Select(static i => (char)(0x100 + i)));
        var categories = string.Concat(Enumerable.Range(0, Many).Select(static i => $"[\\pL{(char)(0x2200 + i)}]"));
        foreach (var pattern in new[] { overlapping, apart, categories })
        {
            Assert.False(GoRegex.TryParse(pattern, out _, out var error));
            Assert.Equal($"error parsing regexp: expression too large: `{pattern}`", error);
        }
    }

    [Fact]
    public void RangesThatOverlap_CostNoMoreThanTheirText()
    {
        Assert.True(GoRegex.TryParse("(?i)[!-ｚ]", out _, out _));
        var pattern = $"(?i)[{string.Concat(Enumerable.Repeat("!-ｚ", 20_000))}]";
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(GoRegex.TryParse(pattern, out var regex, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10 << 20);
        Assert.True(regex.IsMatch("é"));
    }

    [Theory]
    [InlineData("[!-ｚ]")]
    [InlineData("[!-ac-ｚ]")]
    [InlineData(@"[\pL\pM\pN\pP\pS]")]
    public void ClassThatIsThereAThousandTimes_IsRefused(string one)
    {
        var pattern = $"(?i){string.Concat(Enumerable.Repeat(one, 1000))}";
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(GoRegex.TryParse(pattern, out _, out var error));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50 << 20);
        Assert.Equal($"error parsing regexp: expression too large: `{pattern}`", error);
    }

    [Theory]
    [InlineData("(a*)*(a|a)*b$")]
    [InlineData("(?:a?){500}a{500}$")]
    [InlineData("(x+x+)+y|(a+)+$")]
    public void PatternThatMakesOthersBacktrack_TakesNoLonger(string pattern)
    {
        Assert.True(GoRegex.TryParse(pattern, out var regex, out _));
        Assert.False(regex.IsMatch(new string('a', 5000) + "!"));
    }

    // As Go counts.
    [Theory]
    [InlineData("(?:(?:x{600}){0,}){2}", "invalid repeat count: `{2}`")]
    [InlineData("(?:(?:x{600}){0,3}){2}", "invalid repeat count: `{0,3}`")]
    [InlineData("(?:x{600}){0,}(?i){2}", "invalid repeat count: `{2}`")]
    [InlineData("(?:(?:x{600})*){2}", "invalid repeat count: `{2}`")]
    [InlineData("(?:(?:x{600}){0}){2}", null)]
    [InlineData("(?:(?:x{600}){0}y{500}){2}", null)]
    [InlineData("(?:x{600}(?:x{600}){0}){2}", "invalid repeat count: `{2}`")]
    public void CountsOfCounts_EndAtAThousand(string pattern, string? fault)
    {
        Assert.Equal(fault is null, GoRegex.TryParse(pattern, out _, out var error));
        Assert.Equal(fault is null ? "" : $"error parsing regexp: {fault}", error);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 3)]
    [InlineData("^a|[bc]$", 4)]
    [InlineData("[ab]*a[ab]{990}c", 993)]
    [InlineData("(?:ab(c|d){3}){10}e", 81)]
    [InlineData("x{2,5}y{3,}z{0}", 9)]
    [InlineData("(?:(?:x{600}){0}y{500}){2}", 1002)]
    [InlineData(@"\pL", 5)]
    public void Size_IsThatWithRepetitionsWrittenOut(string pattern, int size)
    {
        Assert.True(GoRegex.TryParse(pattern, out var regex, out _));
        Assert.Equal(size, regex.Size);
    }

    [Fact]
    public void MatchAndItsGroups_AreOfTheText()
    {
        Assert.True(GoRegex.TryParse(@"(?P<a>\pL+)-(x)?(.)(\d*)$", out var regex, out _));

        Assert.Equal(["éü-😀12", "éü", "", "😀", "12"], regex.Match("😀éü-😀12"));
        Assert.Empty(regex.Match("éü"));
    }

    [Fact]
    public void EveryCharacter_IsItselfAndNoOther()
    {
        for (var rune = 0x20; rune < 0x3000; rune += 7)
        {
            var text = char.ConvertFromUtf32(rune);
            Assert.True(GoRegex.TryParse(string.Create(CultureInfo.InvariantCulture, $"^\\x{{{rune:X}}}$"), out var regex, out _));
            Assert.True(regex.IsMatch(text));
            Assert.False(regex.IsMatch(char.ConvertFromUtf32(rune + 1)));
            Assert.False(regex.IsMatch(text + "\n"));
        }
    }
}
