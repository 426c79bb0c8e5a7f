using System.Net;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Makes requests with everything that is the same in all calls.</summary>
internal static class RequestTemplate
{
    // Those below and the accepted encodings of the channel.
    private const int HeaderCount = 3;

    public static HttpRequestMessage Create(HttpContent content)
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
        return request;
    }

    /// <summary>Makes a request that was sent fit for another call.</summary>
    /// <returns>False when there is something of its first call on it: metadata, credentials, its encoding, or what tracing puts on a request.</returns>
    public static bool TryReset(HttpRequestMessage request)
    {
        var headers = request.Headers;
        if (headers.NonValidated.Count > HeaderCount)
        {
            headers.Remove(GrpcProtocol.TimeoutHeader);
        }

        return headers.NonValidated.Count == HeaderCount && ((IDictionary<string, object?>)request.Options).Count == 0;
    }
}
