using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// A unary method in the Connect protocol (https://connectrpc.com/docs/protocol): the message is the body, the status is HTTP's. It is what
/// curl and a browser can speak by themselves.
/// </summary>
internal sealed class ConnectEndpoint(CallHandler handler, ProtobufMethod method)
{
    private const string TrailerPrefix = "trailer-";

    private readonly ConnectProtoCodec _proto = new();
    private readonly ConnectJsonCodec _json = new(method);

    /// <summary>True when the request is one of this protocol; the answer is on its way then.</summary>
    public bool TryHandle(HttpContext httpContext, out Task answer)
    {
        var codec = FindCodec(httpContext.Request);
        answer = codec is null ? Task.CompletedTask : HandleAsync(httpContext, codec);
        return codec is not null;
    }

    private async Task HandleAsync(HttpContext httpContext, IConnectCodec codec)
    {
        var request = new ConnectRequest(httpContext.Request, codec, handler.Settings);
        var body = ReadOnlyMemory<byte>.Empty;
        var result = await BufferedCall.RunAsync(httpContext, handler, request.ReadAsync, TrailerPrefix, FormAnswer).ConfigureAwait(false);
        var response = CreateResponse(httpContext, request);
        await (result.Status.StatusCode == StatusCode.OK
            ? response.WriteAsync(codec.ContentType, body)
            : response.WriteErrorAsync(result.Status, result.Trailers, _json)).ConfigureAwait(false);

        void FormAnswer(ReadOnlyMemory<byte> message)
        {
            if (!codec.TryWriteResponse(message, out body, out var fault))
            {
                throw MessageJson.CreateUnwritable(fault);
            }
        }
    }

    private ConnectResponse CreateResponse(HttpContext httpContext, ConnectRequest request)
    {
        var compression = handler.Settings.ResponseCompression;
        if (compression is not null)
        {
            httpContext.Response.Headers.AppendCommaSeparatedValues(HeaderNames.Vary, HeaderNames.AcceptEncoding);
            compression = Accepts(httpContext.Request, request, compression.EncodingName) ? compression : null;
        }

        return new ConnectResponse(httpContext.Response, compression, handler.Settings.ResponseCompressionLevel);
    }

    private IConnectCodec? FindCodec(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method))
        {
            return request.Query["encoding"].ToString() switch
            {
                "proto" => _proto,
                "json" or "" => _json, // Without a word, the query has no message either, and the answer says what it takes.
                _ => null,
            };
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !MediaTypeCharset.IsUtf8(type))
        {
            return null;
        }

        return type.MediaType.Equals(_json.ContentType, StringComparison.OrdinalIgnoreCase) ? _json
            : type.MediaType.Equals(_proto.ContentType, StringComparison.OrdinalIgnoreCase) ? _proto
            : null;
    }

    // Responses have one compression, so that of the weights only "not at all" counts. Without a word the caller takes what it sends itself.
    private static bool Accepts(HttpRequest httpRequest, ConnectRequest request, string encoding)
    {
        var header = httpRequest.Headers.AcceptEncoding;
        if (header.Count == 0)
        {
            return request.Encoding.Equals(encoding, StringComparison.OrdinalIgnoreCase);
        }

        return StringWithQualityHeaderValue.TryParseList(header, out var accepted)
            && accepted.Any(value => value.Quality != 0 && value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase));
    }
}
