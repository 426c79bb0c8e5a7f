using System.Net;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Makes requests with everything that is the same in all calls of a channel.</summary>
internal static class RequestTemplate
{
    public static HttpRequestMessage Create(HttpContent content, GrpcChannel channel)
    {
        var request = new HttpRequestMessage
        {
            Method = HttpMethod.Post,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Headers.TryAddWithoutValidation("User-Agent", GrpcChannel.UserAgent);
        request.Headers.TryAddWithoutValidation(GrpcProtocol.AcceptEncodingHeader, channel.Encodings.AcceptEncoding);
        if (channel.Authority is { } authority)
        {
            request.Headers.Host = authority;
        }

        return request;
    }

    /// <summary>Makes a request that was sent fit for another call of its channel.</summary>
    /// <returns>False when there is something of its first call on it: metadata, credentials, its encoding, or what tracing puts on a request.</returns>
    public static bool TryReset(HttpRequestMessage request, GrpcChannel channel)
    {
        var headers = request.Headers;
        var own = channel.Authority is null ? 3 : 4;
        if (headers.NonValidated.Count > own)
        {
            headers.Remove(GrpcProtocol.TimeoutHeader);
        }

        // The content's own is its type.
        return headers.NonValidated.Count == own && request.Content!.Headers.NonValidated.Count == 1 && ((IDictionary<string, object?>)request.Options).Count == 0;
    }
}
