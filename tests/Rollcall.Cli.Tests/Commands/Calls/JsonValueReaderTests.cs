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
    [InlineData("{", "input: ")]
    [InlineData("{} {\"a\":", "input, value 2: ")]
    [InlineData("{} ,", "input, value 2: ")]
    [InlineData("nul", "input: ")]
    public async Task WhatIsNoJson_IsRefusedWithItsNumber(string input, string message)
    {
        var failure = await Assert.ThrowsAsync<CommandFailure>(() => ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(input))));
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
    }

    private static async Task<List<string>> ReadAsync(Stream input) =>
        await new JsonValueReader(input, "input").ReadAllAsync(CancellationToken.None).Select(static (JsonElement value) => value.GetRawText()).ToListAsync();
}
