using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Rollcall.Cli.Commands.Calls;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Calls;

public sealed class JsonValueReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" \r\n\t ", "")]
    [InlineData("{}", "{}")]
    [InlineData("{}{}", "{}|{}")]
    [InlineData("1 2\n\"a\"null[1,\n2]true", "1|2|\"a\"|null|[1,\n2]|true")]
    [InlineData("\uFEFF{\"a\":\"ä}\"}", "{\"a\":\"ä}\"}")]
    public async Task Values_AreTakenHoweverTheyCome(string input, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(input);
        Assert.Equal(expected, string.Join('|', await ReadAsync(new MemoryStream(bytes))));
        var pipe = new Pipe();
        var read = ReadAsync(pipe.Reader.AsStream());
        foreach (var octet in bytes)
        {
            await pipe.Writer.WriteAsync(new[] { octet });
        }

        await pipe.Writer.CompleteAsync();
        Assert.Equal(expected, string.Join('|', await read.WithinAsync()));
    }

    [Fact]
    public async Task LargeValue_IsTakenWhole()
    {
        var text = $"\"{new string('x', 300_000)}\"";
        Assert.Equal([text, text], await ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text + text))));
    }

    [Theory]
    [InlineData("{", "input is no JSON: line 1, column 2: the text ends before its '}'.")]
    [InlineData("nul", "input is no JSON: line 1, column 4: the text ends in the middle of a value.")]
    [InlineData("{} {\"a\":", "input, value 2 is no JSON: line 1, column 9: the text ends before its '}'.")]
    [InlineData("{} ,", "input, value 2 is no JSON: line 1, column 4: expected a value (")]
    [InlineData("{}\n{\n  \"name\": \"Jürgen\",\n  \"ä\": Yu }", "input, value 2 is no JSON: line 4, column 8: expected a value (an object, an array, a text in double quotes, a number, true, false or null), not 'Y'.")]
    [InlineData("\uFEFF{ \"ä\": 1, b: 2 }", "input is no JSON: line 1, column 11: expected the name of a field in double quotes, not 'b'.")]
    [InlineData("{'a': 1}", "input is no JSON: line 1, column 2: expected the name of a field in double quotes, not '''.")]
    [InlineData("[1, 'a']", "input is no JSON: line 1, column 5: expected a value (")]
    [InlineData("[ 1,\n ]", "input is no JSON: line 2, column 2: expected more after ',', not ']'.")]
    [InlineData("{ \"a\": 1, }", "input is no JSON: line 1, column 11: expected more after ',', not '}'.")]
    [InlineData("{ \"a\" 1 }", "input is no JSON: line 1, column 7: '1' is invalid after a property name. Expected a ':'.")]
    [InlineData("{ \"a\": \"b:\nc\" }", "input is no JSON: line 1, column 11: '0x0A' is invalid within a JSON string.")]
    public async Task WhatIsNoJson_IsRefusedWithItsPlaceAndWhatBelongsThere(string input, string message)
    {
        var failure = await Assert.ThrowsAsync<CommandFailure>(() => ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(input))));
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
    }

    private static async Task<List<string>> ReadAsync(Stream input) =>
        await new JsonValueReader(input, "input").ReadAllAsync(CancellationToken.None).Select(static (JsonElement value) => value.GetRawText()).ToListAsync();
}
