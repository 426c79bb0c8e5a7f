namespace Rollcall.Grpc;

/// <summary>Names of the gRPC-over-HTTP/2 protocol, lower case as HTTP/2 sends them.</summary>
public static class GrpcProtocol
{
    /// <summary>Content type of requests and responses.</summary>
    public const string ContentType = "application/grpc";

    /// <summary>Header of the caller's time limit, see <see cref="GrpcTimeout"/>.</summary>
    public const string TimeoutHeader = "grpc-timeout";

    /// <summary>Trailer of the status code.</summary>
    public const string StatusHeader = "grpc-status";

    /// <summary>Trailer of the detail text, see <see cref="GrpcStatusMessage"/>.</summary>
    public const string MessageHeader = "grpc-message";

    /// <summary>Header that names the compression of messages with the compressed flag.</summary>
    public const string EncodingHeader = "grpc-encoding";

    /// <summary>Header that lists the compressions which a peer accepts.</summary>
    public const string AcceptEncodingHeader = "grpc-accept-encoding";

    /// <summary>
    /// Key of a metadata entry that is not sent: its value names the compression of one call, as with grpc-dotnet. Callers put it among the request headers,
    /// servers among the response headers.
    /// </summary>
    public const string EncodingRequestKey = "grpc-internal-encoding-request";

    /// <summary>Header that counts earlier attempts of a retried call.</summary>
    public const string PreviousAttemptsHeader = "grpc-previous-rpc-attempts";

    /// <summary>Trailer by which a server delays (milliseconds) or forbids (negative) a retry.</summary>
    public const string RetryPushbackHeader = "grpc-retry-pushback-ms";

    /// <summary>Name of no compression.</summary>
    public const string IdentityEncoding = "identity";

    /// <summary>
    /// True for <c>application/grpc</c>, with a subtype suffix such as <c>+proto</c> or with parameters; false for gRPC-Web and everything else.
    /// </summary>
    public static bool IsGrpcContentType(ReadOnlySpan<char> contentType) =>
        contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';' or ' ');
}
