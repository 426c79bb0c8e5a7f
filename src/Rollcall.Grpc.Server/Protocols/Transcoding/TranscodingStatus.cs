using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The status of a call as HTTP status and as google.rpc.Status in JSON.</summary>
internal static class TranscodingStatus
{
    /// <summary>Trailer with the details of a status, a google.rpc.Status.</summary>
    public const string DetailsHeader = "grpc-status-details-bin";

    /// <summary>The mapping that google/rpc/code.proto gives.</summary>
    public static int ToHttpStatus(StatusCode code) => code switch
    {
        StatusCode.OK => StatusCodes.Status200OK,
        StatusCode.Cancelled => StatusCodes.Status499ClientClosedRequest,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>Writes <c>{"code":…,"message":…,"details":[…]}</c>.</summary>
    public static void Write(Utf8JsonWriter writer, Status status, IHeaderDictionary? trailers, TranscodingJson json)
    {
        writer.WriteStartObject();
        writer.WriteNumber("code", (int)status.StatusCode);
        writer.WriteString("message", status.Detail);
        writer.WriteStartArray("details");
        foreach (var detail in ReadDetails(trailers))
        {
            WriteDetail(writer, detail, json);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static RepeatedField<Any> ReadDetails(IHeaderDictionary? trailers)
    {
        if (trailers is null
            || !trailers.TryGetValue(DetailsHeader, out var header)
            || !GrpcMetadata.TryDecodeBinary(header.ToString(), out var bytes))
        {
            return [];
        }

        try
        {
            return Google.Rpc.Status.Parser.ParseFrom(bytes).Details;
        }
        catch (InvalidProtocolBufferException)
        {
            return [];
        }
    }

    private static void WriteDetail(Utf8JsonWriter writer, Any detail, TranscodingJson json)
    {
        if (json.TryFormat(detail, field: null, out var text, out _))
        {
            writer.WriteRawValue(text);
            return;
        }

        // Of a type that is not known here; its bytes are still of use to a caller who knows it.
        writer.WriteStartObject();
        writer.WriteString("@type", detail.TypeUrl);
        writer.WriteBase64String("value", detail.Value.Span);
        writer.WriteEndObject();
    }
}
