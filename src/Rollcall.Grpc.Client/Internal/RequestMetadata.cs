using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Metadata as request headers.</summary>
internal static class RequestMetadata
{
    // No server that is in use takes less than this without being told to.
    private const int AlwaysTaken = 8 * 1024;

    /// <summary>Whether a server may refuse it for its size (SETTINGS_MAX_HEADER_LIST_SIZE), as RFC 9113 6.5.2 counts that.</summary>
    public static bool IsLarge(Metadata? metadata) =>
        metadata is not null && metadata.Sum(static entry => 32L + entry.Key.Length + entry.ValueBytes.Length) > AlwaysTaken;

    /// <exception cref="RpcException">A text value can't be sent.</exception>
    public static void Add(HttpRequestMessage request, Metadata metadata)
    {
        var headers = request.Headers;
        foreach (var entry in metadata)
        {
            if (GrpcMetadata.IsReserved(entry.Key) || entry.Key == GrpcProtocol.EncodingRequestKey)
            {
                continue;
            }

            var value = GrpcMetadata.GetHeaderValue(entry);

            // Callers can't make such an entry, but may pass one on that a server sent them.
            if (!entry.IsBinary && value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                throw new RpcException(new Status(
                    StatusCode.Internal,
                    $"The metadata value of '{entry.Key}' has a character that a header can't carry. Send it as bytes, with a key that ends in '-bin'."));
            }

            if (entry.Key == "user-agent")
            {
                headers.Remove("User-Agent");
            }

            if (!headers.TryAddWithoutValidation(entry.Key, value))
            {
                // A name that HTTP counts to the body, such as expires. It goes out with the headers all the same.
                request.Content!.Headers.TryAddWithoutValidation(entry.Key, value);
            }
        }
    }
}
