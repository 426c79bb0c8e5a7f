using System.Net;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>How an attempt failed, and what that allows.</summary>
internal readonly struct HttpFailure
{
    // RFC 9113 7: the server did nothing with the stream.
    private const long RefusedStream = 0x7;

    public HttpFailureKind Kind { get; private init; }

    /// <summary>Null: there was a response.</summary>
    public Exception? Error { get; private init; }

    /// <summary>Null: there was no response.</summary>
    public HttpStatusCode? StatusCode { get; private init; }

    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>No server has done anything with the request: it may go elsewhere whatever it asks for.</summary>
    public bool IsUnprocessed => Kind is HttpFailureKind.NeverSent or HttpFailureKind.Refused;

    /// <summary>What it says of the instance.</summary>
    public CallResult Result => Kind switch
    {
        HttpFailureKind.NeverSent => CallResult.Unreachable,
        HttpFailureKind.NotTheServers => CallResult.Cancelled,
        HttpFailureKind.Answered when (int)StatusCode!.Value < 500 => CallResult.Success,
        _ => CallResult.Failure,
    };

    /// <summary>What policies know it by.</summary>
    public CallStatus Status => Kind switch
    {
        HttpFailureKind.Answered => CallStatusSet.OfHttp((int)StatusCode!.Value),
        HttpFailureKind.NotTheServers => CallStatus.Cancelled,
        _ => CallStatus.Unavailable,
    };

    /// <param name="error">What the handler threw.</param>
    /// <param name="isOver">The caller has given up, or its time is over.</param>
    /// <param name="isTimeOver">The attempt's own time is over.</param>
    public static HttpFailure From(Exception error, bool isOver, bool isTimeOver) =>
        new() { Kind = isOver ? HttpFailureKind.NotTheServers : Classify(error, isTimeOver), Error = error };

    /// <param name="response">With a status that is a fault.</param>
    /// <param name="now">For dates in <c>Retry-After</c>.</param>
    public static HttpFailure From(HttpResponseMessage response, DateTimeOffset now)
    {
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
            _ => default(TimeSpan?),
        };
        return new HttpFailure { Kind = HttpFailureKind.Answered, StatusCode = response.StatusCode, RetryAfter = wait };
    }

    private static HttpFailureKind Classify(Exception error, bool isTimeOver)
    {
        switch (error)
        {
            case HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
            }:

            // SocketsHttpHandler reports its connect timeout like a caller's timeout, but nobody has cancelled.
            case OperationCanceledException { InnerException: TimeoutException }:
                return HttpFailureKind.NeverSent;
            case OperationCanceledException when isTimeOver:
                return HttpFailureKind.TimedOut;
            case HttpRequestException or IOException:
                return FindProtocolError(error) is { ErrorCode: RefusedStream } ? HttpFailureKind.Refused : HttpFailureKind.Lost;
            default:
                return HttpFailureKind.NotTheServers;
        }
    }

    private static HttpProtocolException? FindProtocolError(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e is HttpProtocolException found)
            {
                return found;
            }
        }

        return null;
    }
}
