using System.Text;
using Rollcall.Agent.Http.Json;

namespace Rollcall.Agent.Tests.Go;

public sealed class GoJsonEncoderTests
{
    [Theory]
    [InlineData("plain text", "\"plain text\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("\n\r\t\b\f\u0001", "\"\\n\\r\\t\\u0008\\u000c\\u0001\"")]
    [InlineData("<a href='x'>&+", "\"\\u003ca href='x'\\u003e\\u0026+\"")]
    [InlineData("é 中 😀 \u007f", "\"é 中 😀 \u007f\"")]
    [InlineData("a\u2028b\u2029c", "\"a\\u2028b\\u2029c\"")]
    [InlineData("é<😀>", "\"é\\u003c😀\\u003e\"")]
    public void Text_IsEscapedAsGoEscapesIt(string text, string expected)
    {
        var json = JsonBody.Build(pretty: false, text, static (json, text) => json.WriteStringValue(text));

        Assert.Equal(expected, Encoding.UTF8.GetString(json.Span));
    }
}
