using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Rollcall.Grpc.Dynamic;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Messages as JSON text.</summary>
internal static class MessageText
{
    /// <exception cref="InvalidDataException">The bytes are no such message.</exception>
    public static string Format(DynamicJson json, MessageDescriptor type, ReadOnlySpan<byte> message, bool isIndented) =>
        TryFormat(json, type, message, isIndented, out var text, out var fault)
            ? text
            : throw new InvalidDataException($"The response is no {type.FullName} that can be shown. {fault}");

    public static bool TryFormat(
        DynamicJson json, MessageDescriptor type, ReadOnlySpan<byte> message, bool isIndented, out string text, out string? fault)
    {
        var buffer = new ArrayBufferWriter<byte>();

        // It goes to a terminal or a program, never into HTML, so only what JSON asks for is escaped.
        var options = new JsonWriterOptions { Indented = isIndented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var writer = new Utf8JsonWriter(buffer, options);
        var written = json.TryDecode(type, message, writer, out fault);
        writer.Flush();
        text = written ? Encoding.UTF8.GetString(buffer.WrittenSpan) : "";
        return written;
    }
}
