using System.Net.Http.Json;

namespace Rollcall.Discovery.Http;

/// <summary>Tells failures apart that are safe to answer with another attempt from those that are not.</summary>
internal static class SendFailures
{
    public static SendFailure Classify(Exception exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return SendFailure.NotTheServers;
        }

        return exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError } => SendFailure.NeverSent,

            // SocketsHttpHandler reports its connect timeout like a caller's timeout, but nobody has cancelled.
            OperationCanceledException { InnerException: TimeoutException } => SendFailure.NeverSent,
            HttpRequestException or IOException => SendFailure.Lost,
            _ => SendFailure.NotTheServers,
        };
    }

    /// <summary>Whether a body that was sent once, maybe in part, can be sent again.</summary>
    public static bool IsReplayable(HttpContent? content) =>
        content is null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent;
}
