using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>The last frame of a gRPC-Web response: status and trailers as an HTTP/1 header block, flagged with the highest bit.</summary>
internal static class WebTrailersFrame
{
    private const byte Flag = 0x80;

    public static void Write(IBufferWriter<byte> output, IHeaderDictionary trailers)
    {
        var block = new StringBuilder();
        foreach (var (name, values) in trailers)
        {
            foreach (var value in values)
            {
#pragma warning disable CA1308 // names are lower case here (PROTOCOL-WEB, HTTP wire protocols)
                block.Append(name.ToLowerInvariant()).Append(": ").Append(value).Append("\r\n");
#pragma warning restore CA1308
            }
        }

        var text = block.ToString();
        var length = Encoding.UTF8.GetByteCount(text);
        var frame = output.GetSpan(GrpcFraming.PrefixLength + length);
        GrpcFraming.WritePrefix(frame, length, compressed: false);
        frame[0] = Flag;
        Encoding.UTF8.GetBytes(text, frame[GrpcFraming.PrefixLength..]);
        output.Advance(GrpcFraming.PrefixLength + length);
    }
}
