using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rollcall.Cli.Output;

/// <summary>Writes values as JSON for programs that read the command's output.</summary>
internal static class JsonText
{
    /// <summary>Indented, with a line break at the end.</summary>
    public static Task WriteAsync<T>(TextWriter output, T value, JsonTypeInfo<T> type) => output.WriteLineAsync(Format(value, type, true));

    /// <summary>On one line, for streams of objects.</summary>
    public static Task WriteLineAsync<T>(TextWriter output, T value, JsonTypeInfo<T> type) => output.WriteLineAsync(Format(value, type, false));

    private static string Format<T>(T value, JsonTypeInfo<T> type, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>();

        // Output goes to a terminal or a program, never into HTML, so only what JSON asks for is escaped.
        using (var writer = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
