using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// How a call packs its messages. A caller asks for it, as with grpc-dotnet, by the metadata entry
/// <c>grpc-internal-encoding-request</c>, which itself is not sent.
/// </summary>
internal static class RequestEncoding
{
    public const string MetadataKey = "grpc-internal-encoding-request";

    /// <exception cref="ArgumentException">The encoding is not known.</exception>
    public static bool IsGzip(Metadata? headers) => headers?.GetValue(MetadataKey) switch
    {
        null or GrpcProtocol.IdentityEncoding => false,
        GrpcProtocol.GzipEncoding => true,
        var other => throw new ArgumentException($"'{other}' in the metadata entry {MetadataKey} is not known. Use {GrpcProtocol.AcceptedEncodings}."),
    };

    /// <summary>Serializes a message, and packs it if asked to.</summary>
    public static GrpcFrameBuffer Serialize<T>(Marshaller<T> marshaller, T message, int maxMessageBytes, bool gzip)
    {
        var plain = GrpcSerializer.SerializeToBuffer(marshaller, message, maxMessageBytes);
        if (!gzip)
        {
            return plain;
        }

        using (plain)
        {
            return GrpcCompression.Compress(plain);
        }
    }
}
