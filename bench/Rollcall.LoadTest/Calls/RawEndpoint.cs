using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Rollcall.LoadTest.Calls;

/// <summary>The server's half of the baseline.</summary>
internal static class RawEndpoint
{
    // Three segments, so that routing has nothing of gRPC to consider for them.
    public const string UnaryPath = "/bench/raw/Unary";
    public const string ServerStreamPath = "/bench/raw/ServerStream";
    public const string DuplexPath = "/bench/raw/Duplex";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(UnaryPath, HandleUnaryAsync);
        endpoints.MapPost(ServerStreamPath, HandleServerStreamAsync);
        endpoints.MapPost(DuplexPath, HandleDuplexAsync);
    }

    private static async Task HandleUnaryAsync(HttpContext context)
    {
        var request = await ReadSingleAsync(context.Request.BodyReader, Payload.Parser);
        context.Response.ContentType = "application/grpc";
        RawFraming.Write(context.Response.BodyWriter, request);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private static async Task HandleServerStreamAsync(HttpContext context)
    {
        var request = await ReadSingleAsync(context.Request.BodyReader, StreamRequest.Parser);
        var message = new Payload { Data = ByteString.CopyFrom(new byte[request.Size]) };
        context.Response.ContentType = "application/grpc";
        var writer = context.Response.BodyWriter;
        for (var i = 0; i < request.Count; i++)
        {
            RawFraming.Write(writer, message);
            await writer.FlushAsync();
        }

        context.Response.AppendTrailer("grpc-status", "0");
    }

    private static async Task HandleDuplexAsync(HttpContext context)
    {
        context.Features.Get<IHttpMinRequestBodyDataRateFeature>()!.MinDataRate = null;
        context.Response.ContentType = "application/grpc";
        var reader = context.Request.BodyReader;
        var writer = context.Response.BodyWriter;
        while (true)
        {
            var result = await reader.ReadAsync();
            var buffer = result.Buffer;
            while (TryTake(ref buffer, Payload.Parser, out var message))
            {
                RawFraming.Write(writer, message);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                break;
            }

            await writer.FlushAsync();
        }

        context.Response.AppendTrailer("grpc-status", "0");
    }

    private static async ValueTask<T> ReadSingleAsync<T>(PipeReader reader, MessageParser<T> parser)
        where T : IMessage<T>
    {
        while (true)
        {
            var result = await reader.ReadAsync();
            if (result.IsCompleted)
            {
                var message = parser.ParseFrom(result.Buffer.Slice(RawFraming.PrefixLength));
                reader.AdvanceTo(result.Buffer.End);
                return message;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static bool TryTake<T>(ref ReadOnlySequence<byte> buffer, MessageParser<T> parser, out T message)
        where T : IMessage<T>
    {
        Span<byte> prefix = stackalloc byte[RawFraming.PrefixLength];
        message = default!;
        if (buffer.Length < prefix.Length)
        {
            return false;
        }

        buffer.Slice(0, prefix.Length).CopyTo(prefix);
        var length = RawFraming.FrameLength(prefix);
        if (buffer.Length < length)
        {
            return false;
        }

        message = parser.ParseFrom(buffer.Slice(RawFraming.PrefixLength, length - RawFraming.PrefixLength));
        buffer = buffer.Slice(length);
        return true;
    }
}
