using System.Buffers;
using System.Text.Json;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Json;

/// <summary>
/// Builds JSON bodies. Writer and buffer are kept per thread; the bytes are only good until the next body on the same thread.
/// </summary>
internal static class JsonBody
{
    // A thread that once built a huge answer should not keep its buffer for ever.
    private const int KeptBytes = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? s_compact;

    [ThreadStatic]
    private static Utf8JsonWriter? s_pretty;

    public static ReadOnlyMemory<byte> Build<T>(bool pretty, T state, Action<Utf8JsonWriter, T> write)
    {
        if (s_buffer is null || s_buffer.Capacity > KeptBytes)
        {
            s_buffer = new ArrayBufferWriter<byte>(4096);
        }

        var buffer = s_buffer;
        buffer.ResetWrittenCount();
        var writer = pretty ? s_pretty ??= Writer(buffer, pretty) : s_compact ??= Writer(buffer, pretty);
        writer.Reset(buffer);
        write(writer, state);
        writer.Flush();
        if (pretty)
        {
            buffer.Write("\n"u8);
        }

        return buffer.WrittenMemory;
    }

    private static Utf8JsonWriter Writer(IBufferWriter<byte> buffer, bool pretty) => new(buffer, new JsonWriterOptions
    {
        Encoder = GoJsonEncoder.Instance,
        Indented = pretty,
        IndentSize = 4,
        NewLine = "\n",

        // What is written is fixed by code that tests cover.
        SkipValidation = true,
    });
}
