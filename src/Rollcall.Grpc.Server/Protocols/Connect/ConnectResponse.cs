using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Writes a response of the Connect protocol.</summary>
/// <param name="response">Where to.</param>
/// <param name="compression">How the body is compressed; null for not at all.</param>
/// <param name="level">How hard to try.</param>
internal sealed class ConnectResponse(HttpResponse response, ICompressionProvider? compression, CompressionLevel? level)
{
    public Task WriteAsync(string contentType, ReadOnlyMemory<byte> body)
    {
        response.ContentType = contentType;
        return WriteAsync(body);
    }

    public Task WriteErrorAsync(Status status, IHeaderDictionary trailers, ConnectJsonCodec json)
    {
        response.StatusCode = StatusDetails.ToHttpStatus(status.StatusCode);
        return WriteAsync("application/json", ConnectError.Write(status, trailers, json));
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> body)
    {
        // Nothing at all stays that: no peer decompresses it.
        if (compression is not null && !body.IsEmpty)
        {
            body = Compress(compression, body);
            response.Headers.ContentEncoding = compression.EncodingName;
        }

        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body).ConfigureAwait(false);
    }

    private ReadOnlyMemory<byte> Compress(ICompressionProvider provider, ReadOnlyMemory<byte> body)
    {
        var output = new MemoryStream();
        using (var compressor = provider.CreateCompressionStream(output, level))
        {
            compressor.Write(body.Span);
        }

        return output.ToArray(); // Works also when the compressor closed it.
    }
}
