using Rollcall.Agent.Queries;

namespace Rollcall.Agent.Tests.Queries;

public sealed class TemplateTextTests
{
    [Fact]
    public void DeepNesting_IsNotRead()
    {
        Assert.NotNull(TemplateText.Parse("${" + new string('(', 40) + "1" + new string(')', 40) + "}"));
        Assert.Null(TemplateText.Parse("${" + new string('(', 100_000) + "1" + new string(')', 100_000) + "}"));
        Assert.Null(TemplateText.Parse("${" + new string('-', 100_000) + "1}"));
        Assert.Null(TemplateText.Parse(string.Concat(Enumerable.Repeat("${\"", 100_000))));
    }

    [Fact]
    public void TextThatBecomesTooLong_HasNoValue()
    {
        var fault = "";
        var scope = new TemplateScope(new string('n', 60_000), "", []);

        Assert.Equal(60_000, TemplateText.Parse("${name.full}")!.Evaluate(scope, ref fault)!.Length);
        Assert.Null(TemplateText.Parse(string.Concat(Enumerable.Repeat("${name.full}", 40_000)))!.Evaluate(scope, ref fault));
        Assert.Equal("the text is longer than 65536 characters", fault);
    }

    [Fact]
    public void LongChain_IsNotRead()
    {
        Assert.NotNull(TemplateText.Parse("${1" + string.Concat(Enumerable.Repeat("+1", 500)) + "}"));
        Assert.Null(TemplateText.Parse("${1" + string.Concat(Enumerable.Repeat("+1", 100_000)) + "}"));
    }

    [Theory]
    [InlineData("${9223372036854775807 + 1}", "-9223372036854775808")]
    [InlineData("${(0 - 9223372036854775807 - 1) / -1}", "-9223372036854775808")]
    [InlineData("${(0 - 9223372036854775807 - 1) % -1}", "0")]
    [InlineData("$${x} $ { } $", "${x} $ { } $")]
    [InlineData("$$ a$$b $$$ $$$${x} $$${7}", "$ a$b $$ $${x} $7")]
    [InlineData("${010}", "8")]
    [InlineData("${ \"a\\\"b\\n\" }", "a\"b\n")]
    [InlineData("", "")]
    public void Values_AreThoseOfGo(string text, string value)
    {
        var fault = "";

        Assert.Equal(value, TemplateText.Parse(text)!.Evaluate(new TemplateScope("n", "", []), ref fault));
    }

    [Theory]
    [InlineData("geo-a", "a")]
    [InlineData("GEO-a", "GEO-a")]
    [InlineData("geo-", "")]
    public void Suffix_IsWhatFollowsTheNameInItsOwnCase(string name, string suffix) => Assert.Equal(suffix, new TemplateScope(name, "geo-", []).Find("name.suffix"));

    [Theory]
    [InlineData("${99999999999999999999}")]
    [InlineData("${08}")]
    [InlineData("${1 1}")]
    [InlineData("${\"a}")]
    [InlineData("${match(1}")]
    [InlineData("${match(1,)}")]
    [InlineData("${match(,1)}")]
    [InlineData("${1 +}")]
    public void BadForm_IsNotRead(string text) => Assert.Null(TemplateText.Parse(text));
}
