using Rollcall.Agent.Hcl;

namespace Rollcall.Agent.Tests.Hcl;

/// <summary>What <c>hclfmt</c> and Consul make of the same text is in the transcripts of the conformance tests; this is about text that nobody wrote by hand.</summary>
public sealed class HclFormatterTests
{
    [Theory]
    [InlineData("a # c\n\"b\" /* d */ {}", "a \"b\" {}")]
    [InlineData("a = 5b = 6", "a = 5\n\nb = 6")]
    [InlineData("a = 0x1fb, c = -0x2", "a = 0x1fb\n\nc = -0x2")]
    [InlineData("a=.5 c=010", "a = .5\n\nc = 010")]
    [InlineData("a = <<E_F\nE_F }\nE_F \n E_F\nb = 1", "a = <<E_F\nE_F }\nE_F \n E_F\n\nb = 1")]
    [InlineData("a = <<EOF\nx }\nEOF\nb = 1", "a = <<EOF\nx }\nEOF\n\nb = 1")]
    [InlineData("a = [\"]\", {b = \"}\"}, # ]\n1]", "a = [\"]\", {b = \"}\"}, # ]\n1]")]
    [InlineData("a = true/* c */", "a = true /* c */")]
    [InlineData("a {\n  # only\n}", "a {\n  # only\n}")]
    [InlineData("", "")]
    public void Text_IsLaidOut_AndReadsAsBefore(string text, string expected)
    {
        Assert.Equal(expected, HclFormatter.Format(text, static key => key, out var error));
        Assert.Equal("", error);
        Assert.Equal(HclReader.Read(text, out _)!.Members.Select(static member => member.Key), HclReader.Read(expected, out _)!.Members.Select(static member => member.Key));
    }

    [Theory]
    [InlineData("a {")]
    [InlineData("a = ")]
    [InlineData("a")]
    [InlineData("a = <<EOF\nx")]
    [InlineData("{\"a\":")]
    public void TextThatCannotBeRead_IsAFault(string text)
    {
        Assert.Null(HclFormatter.Format(text, static key => key, out var error));
        Assert.NotEqual("", error);
    }
}
