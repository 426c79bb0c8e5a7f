using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary>One way to compress messages, by the name that travels in <c>grpc-encoding</c>. Thread-safe.</summary>
public interface ICompressionProvider
{
    /// <summary>The name in headers, such as <c>gzip</c>: lower case, and not <c>identity</c>.</summary>
    string EncodingName { get; }

    /// <summary>A stream that compresses what is written to it; disposed at the end of the message.</summary>
    /// <param name="stream">Where the compressed bytes go.</param>
    /// <param name="compressionLevel">How hard to try. Null: the provider's default.</param>
    Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel);

    /// <summary>A stream that gives the message that was compressed; whatever it throws means that the bytes are malformed.</summary>
    /// <param name="stream">The compressed bytes of one message.</param>
    Stream CreateDecompressionStream(Stream stream);
}
