using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>One HTTP route of a method. The call runs in the method's own handler; only its messages are converted.</summary>
internal sealed class TranscodingEndpoint(CallHandler handler, ProtobufMethod method, TranscodingBinding binding, MessageJson json)
{
    private const string JsonType = "application/json";
    private const string JsonLinesType = "application/x-ndjson";

    // The name that grpc-gateway gives them.
    private const string TrailerPrefix = "grpc-trailer-";

    // What else is escaped matters within HTML only; a person at a terminal should see quotes and letters as they are.
    private static readonly JsonWriterOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TranscodingRequest _request = new(binding, method.Request, json);

    public Task HandleUnaryAsync(HttpContext httpContext) => HandleAsync(httpContext, RunUnaryAsync);

    public Task HandleStreamAsync(HttpContext httpContext) => HandleAsync(httpContext, RunStreamAsync);

    private Task HandleAsync(HttpContext httpContext, Func<HttpContext, ICompressionProvider?, Task> run)
    {
        ICompressionProvider? compression = null;
        if (binding.HasBody && !binding.TakesRawBody)
        {
            if (!TranscodingRequest.HasAcceptableBody(httpContext))
            {
                return RefuseAsync(httpContext.Response, $"The request body must be JSON in UTF-8, with the content type {JsonType}.");
            }

            var encodings = handler.Settings.Encodings;
            var encoding = ContentCoding.GetName(httpContext.Request.Headers.ContentEncoding);
            if (!ContentCoding.TryFind(encodings, encoding, out compression))
            {
                // RFC 9110 15.5.16: told by it, a caller can do better.
                httpContext.Response.Headers.AcceptEncoding = encodings.AcceptEncoding;
                return RefuseAsync(
                    httpContext.Response, $"The compression '{encoding}' of the request body is not supported; use one of {encodings.AcceptEncoding}.");
            }
        }

        // Messages pass in plain on their way to JSON.
        httpContext.Request.Headers.Remove(GrpcProtocol.AcceptEncodingHeader);
        httpContext.Request.Headers.Remove(GrpcProtocol.EncodingHeader);
        return run(httpContext, compression);
    }

    private Task RefuseAsync(HttpResponse response, string fault)
    {
        response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        return WriteStatusAsync(response, new Status(StatusCode.InvalidArgument, fault), trailers: null);
    }

    private async Task RunUnaryAsync(HttpContext httpContext, ICompressionProvider? compression)
    {
        var body = httpContext.Request.BodyReader;
        var response = httpContext.Response;
        var answer = ReadOnlyMemory<byte>.Empty;
        var result = await BufferedCall.RunAsync(
            httpContext,
            handler,
            token => ReadRequestAsync(httpContext, body, compression, token),
            TrailerPrefix,
            message => answer = FormAnswer(response, Messages.ParseResponse(method.Response, new ReadOnlySequence<byte>(message)))).ConfigureAwait(false);
        if (result.Status.StatusCode != StatusCode.OK)
        {
            response.StatusCode = StatusDetails.ToHttpStatus(result.Status.StatusCode);
            await WriteStatusAsync(response, result.Status, result.Trailers).ConfigureAwait(false);
            return;
        }

        await response.BodyWriter.WriteAsync(answer).ConfigureAwait(false);
    }

    /// <summary>The body of the answer; its type is set.</summary>
    /// <exception cref="RpcException">Internal: the message can't be written as one.</exception>
    private ReadOnlyMemory<byte> FormAnswer(HttpResponse response, IMessage message)
    {
        if (binding.GivesRawBody)
        {
            var body = RawBody.Read(message, binding.ResponseField);
            RawBodyResponse.SetContentType(response, body);
            response.ContentLength = body.Data.Length;
            return body.Data.Memory;
        }

        if (!json.TryFormat(message, binding.ResponseField, out var text, out var fault))
        {
            throw MessageJson.CreateUnwritable(fault);
        }

        response.ContentType = JsonType;
        return Encoding.UTF8.GetBytes(text);
    }

    private async Task RunStreamAsync(HttpContext httpContext, ICompressionProvider? compression)
    {
        var body = httpContext.Request.BodyReader;
        var response = httpContext.Response;
        ConvertingWriter parts = binding.GivesRawBody
            ? new RawBodyWriter(response, method.Response, binding.ResponseField)
            : new JsonLinesWriter(response.BodyWriter, method.Response, json, binding.ResponseField);
        response.ContentType = binding.GivesRawBody ? RawBodyResponse.UnknownType : JsonLinesType;
        var request = new BufferedRequest(token => ReadRequestAsync(httpContext, body, compression, token));
        var trailers = await ConvertedCall.RunAsync(httpContext, handler, request, parts, blamesCaller: true, _ => parts.Convert()).ConfigureAwait(false);

        // A flush would start the response, and with it send an HTTP status.
        if (parts.HasMessages)
        {
            await parts.FlushAsync().ConfigureAwait(false);
        }

        var (status, metadata) = AdaptedCallResult.Create(trailers);
        if (status.StatusCode == StatusCode.OK)
        {
            return;
        }

        if (!parts.HasMessages && !response.HasStarted)
        {
            response.StatusCode = StatusDetails.ToHttpStatus(status.StatusCode);
            await WriteStatusAsync(response, status, metadata).ConfigureAwait(false);
        }
        else if (binding.GivesRawBody)
        {
            // Bytes are whatever they are: only their end being missing tells the caller.
            httpContext.Abort();
        }
        else
        {
            await WriteLastLineAsync(response.BodyWriter, status, metadata).ConfigureAwait(false);
        }
    }

    private ValueTask<byte[]> ReadRequestAsync(
        HttpContext httpContext, PipeReader body, ICompressionProvider? compression, CancellationToken cancellationToken)
    {
        var limit = handler.Settings.MaxReceiveBytes;
        return binding.HasBody
            ? RequestFrame.ReadAsync(
                body, httpContext.Request.ContentLength, limit, bytes => RequestFrame.Decompress(bytes, compression, limit, Convert), cancellationToken)
            : ValueTask.FromResult(RequestFrame.FromMessage(_request.Read(httpContext, body: null)));

        byte[] Convert(ReadOnlySequence<byte> bytes) => RequestFrame.FromMessage(_request.Read(httpContext, bytes));
    }

    private async Task WriteStatusAsync(HttpResponse response, Status status, IHeaderDictionary? trailers)
    {
        response.ContentType = JsonType;
        using (var writer = new Utf8JsonWriter(response.BodyWriter, s_readable))
        {
            TranscodingStatus.Write(writer, status, trailers, json);
        }

        await response.BodyWriter.FlushAsync().ConfigureAwait(false);
    }

    // The HTTP status is gone by now. A message can't be told from a status by its form, so that the status is wrapped.
    private async Task WriteLastLineAsync(PipeWriter output, Status status, IHeaderDictionary trailers)
    {
        using (var writer = new Utf8JsonWriter(output, s_readable))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("error");
            TranscodingStatus.Write(writer, status, trailers, json);
            writer.WriteEndObject();
        }

        output.Write("\n"u8);
        await output.FlushAsync().ConfigureAwait(false);
    }
}
