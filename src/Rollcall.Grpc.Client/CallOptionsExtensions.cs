using Grpc.Core;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client;

/// <summary>What a caller decides for one call beyond Grpc.Core.</summary>
public static class CallOptionsExtensions
{
    /// <summary>A copy whose messages are compressed, each unless it is written with <see cref="WriteFlags.NoCompress"/>.</summary>
    /// <param name="options">The options; their headers are copied.</param>
    /// <param name="encoding">
    /// <c>gzip</c>, <c>deflate</c> or the name of one of the channel's <see cref="GrpcChannelOptions.CompressionProviders"/>; <c>identity</c> for no
    /// compression on a channel that compresses. A call with a name that is not known is refused with <see cref="ArgumentException"/>.
    /// </param>
    public static CallOptions WithRequestCompression(this CallOptions options, string encoding)
    {
        ArgumentException.ThrowIfNullOrEmpty(encoding);
        var headers = new Metadata { { GrpcProtocol.EncodingRequestKey, encoding } };
        foreach (var entry in options.Headers ?? [])
        {
            if (entry.Key != GrpcProtocol.EncodingRequestKey)
            {
                headers.Add(entry);
            }
        }

        return options.WithHeaders(headers);
    }
}
