using Grpc.Net.Compression;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>How a whole body is compressed, as <c>Content-Encoding</c> says.</summary>
internal static class ContentCoding
{
    /// <summary>The name that calls have for it.</summary>
    public static string GetName(string? coding) =>
        string.IsNullOrEmpty(coding) ? GrpcProtocol.IdentityEncoding
        : coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase) ? "gzip" // RFC 9110 8.4.1.3
        : coding;

    /// <summary>False when the name is not known; null for no compression.</summary>
    public static bool TryFind(GrpcEncodings encodings, string name, out ICompressionProvider? compression) =>
        encodings.TryFind(name, out compression) || name.Equals(GrpcProtocol.IdentityEncoding, StringComparison.OrdinalIgnoreCase);
}
