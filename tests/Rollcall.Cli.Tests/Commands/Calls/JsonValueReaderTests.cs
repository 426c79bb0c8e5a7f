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
    [InlineData("{\"a\":\"", "x", "\"}")]
    [InlineData("[{}", ",\"\\\"]\"", ",[[]]]")]
    [InlineData("[0", " ,1", "]")]
    public async Task LongValueInPieces_IsParsedAFewTimes(string start, string repeated, string end)
    {
        var bytes = Encoding.UTF8.GetBytes(start + string.Concat(Enumerable.Repeat(repeated, 2_000_000 / repeated.Length)) + end);
        var reader = new JsonValueReader(new PieceStream(bytes, 4096), "input");
        Assert.Equal(1, await reader.ReadAllAsync(CancellationToken.None).CountAsync());
        Assert.InRange(reader.ParsedBytes, bytes.Length, 4 * bytes.Length);
    }

    [Theory]
    [InlineData("{\"a\":\"", "}\\\"", "\"}", "")]
    [InlineData("[{}", ",\"\\\\]\"", ",[[]]]", "")]
    [InlineData("\"", "x", "\"", "")]
    [InlineData("\"", "x", "\"", "\n[")]
    [InlineData("1", "0", "0", "\n")]
    public async Task LongValue_IsTakenAsSoonAsItIsWhole(string start, string repeated, string end, string next)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await using var values = new JsonValueReader(pipe.Reader.AsStream(), "input").ReadAllAsync(CancellationToken.None).GetAsyncEnumerator();
        var text = start + string.Concat(Enumerable.Repeat(repeated, 100_000 / repeated.Length)) + end;
        var value = values.MoveNextAsync().AsTask();

        // As if the last piece were the size of all the others.
        foreach (var piece in Encoding.UTF8.GetBytes(text + next).Chunk(4096))
        {
            await pipe.Writer.WriteAsync(piece);
        }

        Assert.True(await value.WithinAsync());
        Assert.Equal(text, values.Current.GetRawText());
    }

    [Fact]
    public async Task MistakeInALongValue_IsToldBeforeItsEnd()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var read = ReadAsync(pipe.Reader.AsStream());
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes($"{{\"a\":\"{new string('x', 20_000)}\",b"));
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(new string(' ', 60_000)));
        var failure = await Assert.ThrowsAsync<CommandFailure>(() => read.WithinAsync());
        Assert.Contains("line 1, column 20009: expected the name of a field", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ValueThatIsTooLong_IsRefused()
    {
        var bytes = Encoding.UTF8.GetBytes($"{{}} \"{new string('x', 30_000)}\"");
        var failure = await Assert.ThrowsAsync<CommandFailure>(
            async () => await new JsonValueReader(new MemoryStream(bytes), "input", 20_000).ReadAllAsync(CancellationToken.None).CountAsync());
        Assert.Equal("input: value 2 is longer than the 20000 bytes that one may have. Send less in one message.", failure.Message);
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

    /// <summary>Gives no more than so many bytes at once, as a pipe does.</summary>
    private sealed class PieceStream(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
    }
}
