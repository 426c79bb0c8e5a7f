using Grpc.Core;
using Grpc.Net.Compression;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// How a call packs its messages: as its channel does, unless the caller asks for something else, as with grpc-dotnet, by the metadata
/// entry <c>grpc-internal-encoding-request</c>, which itself is not sent.
/// </summary>
internal static class RequestEncoding
{
    /// <returns>Null: messages are not packed.</returns>
    /// <exception cref="RpcException">The encoding is not known.</exception>
    public static ICompressionProvider? Choose(GrpcChannel channel, Metadata? headers)
    {
        switch (headers?.GetValue(GrpcProtocol.EncodingRequestKey))
        {
            case null:
                return channel.RequestCompression;
            case GrpcProtocol.IdentityEncoding:
                return null;
            case var name:
                return channel.Encodings.TryFind(name, out var provider)
                    ? provider
                    : throw new RpcException(new Status(
                        StatusCode.Internal, $"The request compression '{name}' is not known. Use one of: {channel.Encodings.AcceptEncoding}."));
        }
    }

    /// <summary>Serializes a message, and packs it if asked to.</summary>
    /// <param name="marshaller">Of the message's type.</param>
    /// <param name="message">The message.</param>
    /// <param name="maxMessageBytes">Most that it may have before it is packed.</param>
    /// <param name="compression">Null: it is not packed.</param>
    /// <param name="messageBytes">What it has before it is packed.</param>
    public static GrpcFrameBuffer Serialize<T>(
        Marshaller<T> marshaller, T message, int maxMessageBytes, ICompressionProvider? compression, out int messageBytes)
    {
        var plain = GrpcSerializer.SerializeToBuffer(marshaller, message, maxMessageBytes);
        messageBytes = plain.Length - GrpcFraming.PrefixLength;
        if (compression is null)
        {
            return plain;
        }

        using (plain)
        {
            return GrpcCompression.Compress(compression, plain);
        }
    }
}
