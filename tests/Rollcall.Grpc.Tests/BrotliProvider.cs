using System.IO.Compression;
using Grpc.Net.Compression;

namespace Rollcall.Grpc.Tests;

/// <summary>A compression that the library does not know, as a user would write it: it closes what it writes to.</summary>
internal sealed class BrotliProvider : ICompressionProvider
{
    public string EncodingName => "br";

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new BrotliStream(stream, compressionLevel ?? CompressionLevel.Fastest);

    public Stream CreateDecompressionStream(Stream stream) => new BrotliStream(stream, CompressionMode.Decompress);
}
