using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Rollcall.LoadTest.Calls;

/// <summary>The server's half of the baseline.</summary>
internal static class RawEndpoint
{
    public static async Task HandleAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        ReadResult result;
        while (true)
        {
            result = await reader.ReadAsync();
            if (result.IsCompleted)
            {
                break;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        var request = Payload.Parser.ParseFrom(result.Buffer.Slice(5));
        reader.AdvanceTo(result.Buffer.End);

        context.Response.ContentType = "application/grpc";
        var writer = context.Response.BodyWriter;
        var size = request.CalculateSize();
        var span = writer.GetSpan(5 + size);
        span[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(span[1..], size);
        request.WriteTo(span.Slice(5, size));
        writer.Advance(5 + size);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
