using System.Buffers;
using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Rollcall.Grpc.Server;

/// <summary>Writes status and metadata to the response.</summary>
internal static class CallEnd
{
    private static readonly StringValues[] s_codes =
        [.. Enumerable.Range(0, 17).Select(code => new StringValues(code.ToString(CultureInfo.InvariantCulture)))];

    // What others may take beside printable ASCII is a tab.
    private static readonly SearchValues<char> s_carried = SearchValues.Create(['\t', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(static c => (char)c)]);

    /// <summary>
    /// Where the end of a call goes: to the trailers, or to the headers of a response that has nothing else (Trailers-Only).
    /// </summary>
    public static IHeaderDictionary GetDestination(HttpServerCallContext context)
    {
        var response = context.HttpContext.Response;
        if (!context.MessageWritten && !context.EndsInTrailers && !response.HasStarted)
        {
            return response.Headers;
        }

        return context.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers
            ?? throw new InvalidOperationException("The server has no trailers for this request; gRPC needs HTTP/2.");
    }

    public static void WriteStatus(IHeaderDictionary destination, Status status)
    {
        var code = (int)status.StatusCode;
        destination.GrpcStatus = (uint)code < (uint)s_codes.Length ? s_codes[code] : code.ToString(CultureInfo.InvariantCulture);
        if (status.Detail.Length > 0)
        {
            destination.GrpcMessage = GrpcStatusMessage.Encode(status.Detail);
        }
    }

    /// <exception cref="InvalidOperationException">A value that came in from a peer can't be sent on.</exception>
    public static void WriteMetadata(IHeaderDictionary destination, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            if (GrpcMetadata.IsReserved(entry.Key) || entry.Key == GrpcProtocol.EncodingRequestKey)
            {
                continue;
            }

            // Not every destination looks: trailers in a body would take a line break.
            var value = GrpcMetadata.GetHeaderValue(entry);
            if (value.AsSpan().ContainsAnyExcept(s_carried))
            {
                throw new InvalidOperationException($"The value of '{entry.Key}' holds more than printable ASCII.");
            }

            destination.Append(entry.Key, value);
        }
    }
}
