using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary><c>deflate</c>, which gRPC, like HTTP, means in the format of zlib (RFC 1950). Thread-safe.</summary>
/// <param name="defaultCompressionLevel">How hard to try when nothing else is said.</param>
public sealed class DeflateCompressionProvider(CompressionLevel defaultCompressionLevel) : ICompressionProvider
{
    /// <inheritdoc/>
    public string EncodingName => "deflate";

    /// <inheritdoc/>
    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new ZLibStream(stream, compressionLevel ?? defaultCompressionLevel, leaveOpen: true);

    /// <inheritdoc/>
    public Stream CreateDecompressionStream(Stream stream) => new ZLibStream(stream, CompressionMode.Decompress, leaveOpen: true);
}
