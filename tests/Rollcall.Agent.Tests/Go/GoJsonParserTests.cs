using System.Text;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Tests.Go;

public sealed class GoJsonParserTests
{
    private const string Sample = """ {"a":[1,-2.5e+3,true,false,null,"x\n\u00e9\ud83d\ude00\/"],"b":{},"c":[],"é":"z"} """;

    [Theory]
    [InlineData("", "EOF")]
    [InlineData(" \n", "EOF")]
    [InlineData("{", "unexpected EOF")]
    [InlineData("\"a", "unexpected EOF")]
    [InlineData("nul", "unexpected EOF")]
    [InlineData("abc", "invalid character 'a' looking for beginning of value")]
    [InlineData("tru}", "invalid character '}' in literal true (expecting 'e')")]
    [InlineData("{1:2}", "invalid character '1' looking for beginning of object key string")]
    [InlineData("{\"a\":1,}", "invalid character '}' looking for beginning of object key string")]
    [InlineData("{\"a\" 1}", "invalid character '1' after object key")]
    [InlineData("{\"a\":1 2}", "invalid character '2' after object key:value pair")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("-x", "invalid character 'x' in numeric literal")]
    [InlineData("1.x", "invalid character 'x' after decimal point in numeric literal")]
    [InlineData("1ex", "invalid character 'x' in exponent of numeric literal")]
    [InlineData("\"a\nb\"", "invalid character '\\n' in string literal")]
    [InlineData("\"\\x\"", "invalid character 'x' in string escape code")]
    [InlineData("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape")]
    [InlineData("'", "invalid character '\\'' looking for beginning of value")]
    [InlineData("é", "invalid character 'Ã' looking for beginning of value")]
    public void BadJson_IsRefusedInGosWords(string json, string expected)
    {
        Assert.Null(GoJsonParser.Parse(Encoding.UTF8.GetBytes(json), out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Value_IsReadAsGoReadsIt()
    {
        var value = GoJsonParser.Parse(Encoding.UTF8.GetBytes(Sample), out _)!;

        Assert.Equal(["a", "b", "c", "é"], value.Members.Select(member => member.Key));
        Assert.Equal("x\né😀/", value.Members[0].Value.Items[^1].Text);
        Assert.Equal("-2.5e+3", value.Members[0].Value.Items[1].Text);
    }

    [Theory]
    [InlineData("{} trailing", "Object")]
    [InlineData("1 2", "Number")]
    public void WhatFollowsTheValue_IsIgnored(string json, string kind) =>
        Assert.Equal(kind, GoJsonParser.Parse(Encoding.UTF8.GetBytes(json), out _)!.Kind.ToString());

    [Fact]
    public void HalfOfASurrogatePair_BecomesTheReplacementCharacter() =>
        Assert.Equal("\uFFFD", GoJsonParser.Parse("\"\\ud800\""u8, out _)!.Text);

    [Fact]
    public void CutAtEveryLength_NeverThrowsAndNeverSucceeds()
    {
        var json = Encoding.UTF8.GetBytes(Sample.Trim());
        for (var length = 0; length < json.Length; length++)
        {
            Assert.Null(GoJsonParser.Parse(json.AsSpan(0, length), out var error));
            Assert.EndsWith("EOF", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AnyByteChanged_NeverThrows()
    {
        var json = Encoding.UTF8.GetBytes(Sample);
        for (var at = 0; at < json.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = json.ToArray();
                changed[at] = (byte)value;
                GoJsonParser.Parse(changed, out _);
            }
        }
    }

    [Fact]
    public void NestedTooDeep_IsRefused()
    {
        Assert.Null(GoJsonParser.Parse(Encoding.UTF8.GetBytes(new string('[', 100_000)), out var error));
        Assert.Equal("exceeded max depth", error);
    }
}
