using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Interop.Tests.Protocol;

namespace Rollcall.Interop.Tests;

/// <summary>The test service, on the server that it is compiled with: this repository's, and in the peer grpc-dotnet's.</summary>
internal sealed class InteropService : TestService.TestServiceBase
{
    internal const string InitialKey = "x-grpc-test-echo-initial";
    internal const string TrailingKey = "x-grpc-test-echo-trailing-bin";

    /// <summary>
    /// Middleware that lets the service see which messages came compressed. Only where the caller compresses: what reads other requests stays as it
    /// is in production.
    /// </summary>
    internal static Task WatchRequest(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.GrpcEncoding.ToString() is not ("" or "identity"))
        {
            var flags = new FrameFlags();
            context.Features.Set(flags);
            context.Request.Body = new FrameFlagStream(context.Request.Body, flags);
        }

        return next(context);
    }

    /// <summary>
    /// The same without a look at the messages, whose reader is then that of production: what names a compression counts as compressed. For callers who
    /// send one message.
    /// </summary>
    internal static Task BelieveRequest(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.GrpcEncoding.ToString() is not ("" or "identity"))
        {
            var flags = new FrameFlags();
            flags.Observe([1, 0, 0, 0, 0]);
            context.Features.Set(flags);
        }

        return next(context);
    }

    public override async Task<Empty> EmptyCall(Empty request, ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        return new Empty();
    }

    public override async Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        CheckCompression(request.ExpectCompressed, 0, context);
        EndAsAsked(request.ResponseStatus);
        context.WriteOptions = new WriteOptions(request.ResponseCompressed is { Value: true } ? default : WriteFlags.NoCompress);
        return new SimpleResponse { Payload = PayloadOf(request.ResponseSize) };
    }

    public override async Task StreamingOutputCall(
        StreamingOutputCallRequest request, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        await RespondAsync(request, responseStream, context);
    }

    public override async Task<StreamingInputCallResponse> StreamingInputCall(
        IAsyncStreamReader<StreamingInputCallRequest> requestStream, ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        var size = 0;
        var index = 0;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            CheckCompression(request.ExpectCompressed, index++, context);
            size += request.Payload.Body.Length;
        }

        return new StreamingInputCallResponse { AggregatedPayloadSize = size };
    }

    public override async Task FullDuplexCall(
        IAsyncStreamReader<StreamingOutputCallRequest> requestStream,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await RespondAsync(request, responseStream, context);
        }
    }

    private static async Task RespondAsync(
        StreamingOutputCallRequest request, IServerStreamWriter<StreamingOutputCallResponse> responses, ServerCallContext context)
    {
        EndAsAsked(request.ResponseStatus);
        foreach (var parameters in request.ResponseParameters)
        {
            if (parameters.IntervalUs > 0)
            {
                // The service is asked to be this slow; nothing waits for it but a deadline.
                await Task.Delay(TimeSpan.FromMicroseconds(parameters.IntervalUs), TimeProvider.System, context.CancellationToken);
            }

            responses.WriteOptions = new WriteOptions(parameters.Compressed is { Value: false } ? WriteFlags.NoCompress : default);
            await responses.WriteAsync(new StreamingOutputCallResponse { Payload = PayloadOf(parameters.Size) });
        }
    }

    private static async Task EchoMetadataAsync(ServerCallContext context)
    {
        if (context.RequestHeaders.GetValueBytes(TrailingKey) is { } trailing)
        {
            context.ResponseTrailers.Add(TrailingKey, trailing);
        }

        if (context.RequestHeaders.GetValue(InitialKey) is { } initial)
        {
            await context.WriteResponseHeadersAsync(new Metadata { { InitialKey, initial } });
        }
    }

    private static void EndAsAsked(EchoStatus? status)
    {
        if (status is { Code: not 0 })
        {
            throw new RpcException(new Status((StatusCode)status.Code, status.Message));
        }
    }

    // A request that names no compression has none, and then nothing watches its messages.
    private static void CheckCompression(BoolValue? expected, int message, ServerCallContext context)
    {
        if (expected is not null && expected.Value != (context.GetHttpContext().Features.Get<FrameFlags>()?.All[message] ?? false))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"Message {message} is not compressed as it says."));
        }
    }

    private static Payload PayloadOf(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
}
