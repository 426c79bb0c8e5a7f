using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Grpc.Core;
using Rollcall.Discovery;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>For programs: an object a line, <c>{"response":…}</c> for each response and at the end one with the status and all that came with it.</summary>
internal sealed class JsonCallOutput(TextWriter output) : ICallOutput
{
    private Metadata _headers = Metadata.Empty;
    private bool _hasEnded;

    public bool IsIndented => false;

    public Task WriteHeadersAsync(Metadata headers)
    {
        _headers = headers;
        return Task.CompletedTask;
    }

    public Task WriteResponseAsync(string json) => WriteAsync(writer =>
    {
        writer.WritePropertyName("response");
        writer.WriteRawValue(json, skipInputValidation: true);
    });

    public Task WriteEndAsync(Status status, Metadata trailers, IReadOnlyList<string> details, Endpoint? endpoint)
    {
        _hasEnded = true;
        return WriteAsync(writer => WriteEnd(writer, status, trailers, details, endpoint));
    }

    public Task WriteGivenUpAsync(string reason, Endpoint? endpoint) =>
        _hasEnded ? Task.CompletedTask : WriteEndAsync(new Status(StatusCode.Cancelled, reason), Metadata.Empty, [], endpoint);

    private void WriteEnd(Utf8JsonWriter writer, Status status, Metadata trailers, IReadOnlyList<string> details, Endpoint? endpoint)
    {
        writer.WriteString("status", status.StatusCode.ToString());
        writer.WriteNumber("code", (int)status.StatusCode);
        writer.WriteString("message", status.Detail);
        writer.WriteStartArray("details");
        foreach (var detail in details)
        {
            writer.WriteRawValue(detail, skipInputValidation: true);
        }

        writer.WriteEndArray();
        Write(writer, "headers", _headers);
        Write(writer, "trailers", trailers);
        if (endpoint is null)
        {
            writer.WriteNull("instance");
        }
        else
        {
            writer.WriteStartObject("instance");
            writer.WriteString("id", endpoint.Id);
            writer.WriteString("address", endpoint.Authority);
            writer.WriteEndObject();
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, Metadata metadata)
    {
        writer.WriteStartObject(name);
        foreach (var group in metadata.GroupBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            writer.WriteStartArray(group.Key);
            foreach (var entry in group)
            {
                writer.WriteStringValue(entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private Task WriteAsync(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return output.WriteLineAsync(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
