using Rollcall.Agent.Go;
using Rollcall.Agent.Hcl;

namespace Rollcall.Agent.Tests.Hcl;

public sealed class HclReaderTests
{
    [Fact]
    public void ManyBlocks_TakeNoMoreForEach()
    {
        long Cost(int count)
        {
            var text = string.Concat(Enumerable.Repeat("a{}", count));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(count, HclReader.Read(text, out _)!["a"].Items.Count);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Cost(10);
        Assert.InRange(Cost(20_000), 0, 40 * Cost(1_000));
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData("a = 1", """{"a":1}""")]
    [InlineData("a = 1 b = -2.5e3, c = 0x1F", """{"a":1,"b":-2.5e3,"c":31}""")]
    [InlineData("a = 010 b = -017 c = 00 d = -0x10 e = 0", """{"a":8,"b":-15,"c":0,"d":-16,"e":0}""")]
    [InlineData("a = 010.5 b = 01e1 c = .5 d = 5.", """{"a":010.5,"b":01e1,"c":.5,"d":5.}""")]
    [InlineData("a = true\nb = false", """{"a":true,"b":false}""")]
    [InlineData("a = \"x\" # one\n// two\n/* three\n */ b = \"y\"", """{"a":"x","b":"y"}""")]
    [InlineData("""a = "q\"\\\n\t\u0041\U0001F600" """, """{"a":"q\"\\\n\tA😀"}""")]
    [InlineData("""a = "\101\xc3\xa9\303\251\xe9z" """, "{\"a\":\"Aéé\ufffdz\"}")]
    [InlineData("""a = "${foo("x")} y" """, """{"a":"${foo(\"x\")} y"}""")]
    [InlineData("a = [1, \"x\", true,]", """{"a":[1,"x",true]}""")]
    [InlineData("a = [{ b = 1 }, { b = 2 }]", """{"a":[{"b":1},{"b":2}]}""")]
    [InlineData("a { b = 1 }", """{"a":[{"b":1}]}""")]
    [InlineData("a = { b = 1 }", """{"a":[{"b":1}]}""")]
    [InlineData("a { b = 1 } a { c = 2 }", """{"a":[{"b":1},{"c":2}]}""")]
    [InlineData("a = 1 a = 2", """{"a":2}""")]
    [InlineData("a { b = 1 } a = 2", """{"a":2}""")]
    [InlineData("a = 2 a { b = 1 } a { c = 2 }", """{"a":[{"b":1},{"c":2}]}""")]
    [InlineData("a { b = 1 } c = 1 a { b = 2 } a { b = 3 }", """{"a":[{"b":1},{"b":2},{"b":3}],"c":1}""")]
    [InlineData("key \"\" { policy = \"read\" }", """{"key":[{"":[{"policy":"read"}]}]}""")]
    [InlineData("key \"x\" { } key \"y\" { }", """{"key":[{"x":[{}]},{"y":[{}]}]}""")]
    [InlineData("\"quoted key\" = 1", """{"quoted key":1}""")]
    [InlineData("a-b.c_d = 1", """{"a-b.c_d":1}""")]
    [InlineData("a = <<EOF\none\n  two\nEOF\nb = 1", """{"a":"one\n  two\n","b":1}""")]
    [InlineData("a = <<EOF\n  one\n  EOF\n", """{"a":"  one\n  "}""")]
    [InlineData("a = <<EOF\nEOF\n", """{"a":""}""")]
    [InlineData("a = <<E_F\none\nEOF\nE_F\n", """{"a":"one\nEOF\n"}""")]
    [InlineData("a = <<EOF\n EOF \nEOF\n", """{"a":" EOF \n"}""")]
    [InlineData("a = <<-EOF\n    one\n      two\n    EOF\n", """{"a":"one\n  two\n"}""")]
    [InlineData("a = <<-EOF\n    one\n  EOF\n", """{"a":"  one\n"}""")]
    [InlineData("a = <<-EOF\n    one\n\n  EOF\n", """{"a":"    one\n\n"}""")]
    [InlineData("a = <<-EOF\n    one\n two\n  EOF\n", """{"a":"    one\n two\n"}""")]
    [InlineData("a = <<-EOF\n\tone\n  EOF\n", """{"a":"\tone\n"}""")]
    [InlineData("a = <<-EOF\r\n    one\r\n  EOF\r\nb = 1\r\n", """{"a":"  one\n","b":1}""")]
    public void Text_IsReadAs(string hcl, string json)
    {
        var value = HclReader.Read(hcl, out var error);
        Assert.Equal("", error);
        Assert.Equal(json, Json(value!));
    }

    [Theory]
    [InlineData("a {", "At 1:5: object expected closing RBRACE got: EOF")]
    [InlineData("x = 1\na = [1", "At 2:8: error parsing list, expected comma or list end, got: EOF")]
    [InlineData("a = \"x", "At 1:5: literal not terminated")]
    [InlineData("a = \"x\n\"", "At 1:5: literal not terminated")]
    [InlineData("a = \"\\q\"", "At 1:7: illegal char escape")]
    [InlineData("a = \"\\18\"", "At 1:8: illegal char escape")]
    [InlineData("a = \"\\400\"", "At 1:9: illegal char escape")]
    [InlineData("a = \"\\x4\"", "At 1:9: illegal char escape")]
    [InlineData("a = \"\\ud800\"", "At 1:7: illegal char escape")]
    [InlineData("a = foo", "At 1:5: Unknown token: 'f'; put text in quotes")]
    [InlineData("a", "At 1:3: key without a value: expected ASSIGN or LBRACE got: EOF")]
    [InlineData("a =", "At 1:5: a value was expected, got: EOF")]
    [InlineData("= 1", "At 1:1: a key was expected, got: '='")]
    [InlineData("a \"b\" = 1", "At 1:7: nested object expected: LBRACE got: ASSIGN")]
    [InlineData("a = 1.2.3", "At 1:5: illegal number: 1.2.3")]
    [InlineData("a = 1e999", "At 1:5: illegal number: 1e999")]
    [InlineData("a = 08", "At 1:5: illegal octal number: 08")]
    [InlineData("a = 9223372036854775808", "At 1:5: illegal number: 9223372036854775808")]
    [InlineData("a = .", "At 1:5: illegal number: .")]
    [InlineData("a = 0x", "At 1:5: illegal hexadecimal number")]
    [InlineData("/* a", "At 1:1: comment not terminated")]
    [InlineData("a = <<EOF\nx", "At 1:5: heredoc not terminated")]
    [InlineData("a = <<\nx", "At 1:5: heredoc needs a name of letters, digits and underscores")]
    [InlineData("a = <x", "At 1:5: heredoc expected: <<NAME and a line end")]
    public void Fault_IsNamedWithItsPlace(string hcl, string error)
    {
        Assert.Null(HclReader.Read(hcl, out var said));
        Assert.Equal(error, said);
    }

    [Theory]
    [InlineData("a ")]
    [InlineData("a {")]
    [InlineData("a = [")]
    public void DeepNesting_IsRefused_NotRunInto(string piece)
    {
        var prefix = piece == "a = [" ? "a = " + new string('[', 100_000) : string.Concat(Enumerable.Repeat(piece, 100_000));
        Assert.Null(HclReader.Read(prefix, out var error));
        Assert.Contains("nest deeper than 100", error, StringComparison.Ordinal);
    }

    private static string Json(GoValue value) => value.Kind switch
    {
        GoKind.Object => $"{{{string.Join(',', value.Members.Select(static member => $"{Text(member.Key)}:{Json(member.Value)}"))}}}",
        GoKind.Array => $"[{string.Join(',', value.Items.Select(Json))}]",
        GoKind.String => Text(value.Text),
        GoKind.Bool => value.Bool ? "true" : "false",
        _ => value.Text,
    };

    private static string Text(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)}\"";
}
