using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The body of an answer that is an error.</summary>
internal static class ConnectError
{
    // The text is data, never part of a page: what only HTML needs escaped stays readable.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <c>{"code":…,"message":…,"details":[{"type":…,"value":…,"debug":…}]}</c>; what is empty is left out.</summary>
    public static ReadOnlyMemory<byte> Write(Status status, IHeaderDictionary trailers, ConnectJsonCodec json)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, s_options);
        writer.WriteStartObject();
        writer.WriteString("code", ConnectCode.GetName(status.StatusCode));
        if (status.Detail.Length > 0)
        {
            writer.WriteString("message", status.Detail);
        }

        WriteDetails(writer, StatusDetails.Read(trailers), json);
        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenMemory;
    }

    private static void WriteDetails(Utf8JsonWriter writer, RepeatedField<Any> details, ConnectJsonCodec json)
    {
        if (details.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("details");
        foreach (var detail in details)
        {
            var type = Any.GetTypeName(detail.TypeUrl);
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteString("value", GrpcMetadata.EncodeBinary(detail.Value.Span));
            if (json.TryFormat(type, detail.Value.Memory, out var text))
            {
                writer.WritePropertyName("debug");
                writer.WriteRawValue(text, skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
