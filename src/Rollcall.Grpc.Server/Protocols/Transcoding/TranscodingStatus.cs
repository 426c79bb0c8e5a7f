using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The status of a call as google.rpc.Status in JSON.</summary>
internal static class TranscodingStatus
{
    /// <summary>Writes <c>{"code":…,"message":…,"details":[…]}</c>.</summary>
    public static void Write(Utf8JsonWriter writer, Status status, IHeaderDictionary? trailers, MessageJson json)
    {
        writer.WriteStartObject();
        writer.WriteNumber("code", (int)status.StatusCode);
        writer.WriteString("message", status.Detail);
        writer.WriteStartArray("details");
        foreach (var detail in StatusDetails.Read(trailers))
        {
            WriteDetail(writer, detail, json);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteDetail(Utf8JsonWriter writer, Any detail, MessageJson json)
    {
        if (json.TryFormat(detail, field: null, out var text, out _))
        {
            writer.WriteRawValue(text, skipInputValidation: true);
            return;
        }

        // Of a type that is not known here; its bytes are still of use to a caller who knows it.
        writer.WriteStartObject();
        writer.WriteString("@type", detail.TypeUrl);
        writer.WriteBase64String("value", detail.Value.Span);
        writer.WriteEndObject();
    }
}
