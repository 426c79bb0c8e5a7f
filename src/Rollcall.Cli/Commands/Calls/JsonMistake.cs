using System.Text;
using System.Text.Json;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>What is wrong with a text that is no JSON, for the person who wrote it.</summary>
internal static class JsonMistake
{
    /// <summary>Finds where a parser stopped, and says what belongs there.</summary>
    /// <param name="json">What the parser was given.</param>
    /// <param name="failure">Where it stopped, counted from zero.</param>
    public static (int Offset, string Words) Find(ReadOnlySpan<byte> json, JsonException failure)
    {
        var offset = FindOffset(json, failure);
        var before = json[..offset].TrimEnd(" \t\r\n"u8);
        byte? last = before.IsEmpty ? null : before[^1];
        if (offset == json.Length)
        {
            return (offset, FindOpen(json) is { } open ? $"the text ends before its '{open}'" : "the text ends in the middle of a value");
        }

        var found = Rune.DecodeFromUtf8(json[offset..], out var rune, out _) == System.Buffers.OperationStatus.Done ? rune : Rune.ReplacementChar;
        if (last == ',' && json[offset] is (byte)'}' or (byte)']')
        {
            return (offset, $"expected more after ',', not '{found}'");
        }

        // Within a text or a number, where white space is an error as well, the parser knows best.
        var inObject = FindOpen(json[..offset]) == '}';
        return json[offset] <= ' ' ? (offset, WordsOf(failure))
            : last is null or (byte)':' or (byte)'[' || (last == ',' && !inObject)
                ? (offset, $"expected a value (an object, an array, a text in double quotes, a number, true, false or null), not '{found}'")
            : last == '{' || last == ',' ? (offset, $"expected the name of a field in double quotes, not '{found}'")
            : (offset, WordsOf(failure));
    }

    // The message ends with the position, counted from zero.
    private static string WordsOf(JsonException failure) => failure.Message.Split(" LineNumber:")[0].TrimEnd('.');

    private static int FindOffset(ReadOnlySpan<byte> json, JsonException failure)
    {
        var line = 0;
        for (var i = 0L; i < (failure.LineNumber ?? 0) && json[line..].IndexOf((byte)'\n') is var end and >= 0; i++)
        {
            line += end + 1;
        }

        return (int)Math.Min(line + (failure.BytePositionInLine ?? 0), json.Length);
    }

    /// <returns>What closes the innermost object or array that is open; null: none is, or the text ends within a word.</returns>
    private static char? FindOpen(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = JsonValueReader.MaxDepth }));
        Stack<char> open = [];
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        open.Push('}');
                        break;
                    case JsonTokenType.StartArray:
                        open.Push(']');
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        open.Pop();
                        break;
                }
            }
        }
        catch (JsonException)
        {
            // The mistake itself.
        }

        return open.TryPeek(out var closing) ? closing : null;
    }
}
