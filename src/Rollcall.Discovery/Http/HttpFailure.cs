using System.Net;
using System.Net.Sockets;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;
using Rollcall.Errors;

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

    /// <summary>The request's time passed without an answer: nothing follows, but the instance that kept it waiting failed.</summary>
    private bool IsSilence { get; init; }

    /// <summary>
    /// The server has too many requests and does not say for how long. They are too many everywhere, so a further one is of use only after the time
    /// that a server names.
    /// </summary>
    public bool IsTooManyForNow => StatusCode == HttpStatusCode.TooManyRequests && RetryAfter is null;

    /// <summary>What it says of the instance.</summary>
    public CallResult Result => Kind switch
    {
        HttpFailureKind.NeverSent => CallResult.Unreachable,
        HttpFailureKind.NotTheServers => IsSilence ? CallResult.Failure : CallResult.Cancelled,
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
    /// <param name="isCancelled">The caller has given up.</param>
    /// <param name="isOver">The time of the request is over.</param>
    /// <param name="isTimeOver">The attempt's own time is over.</param>
    /// <param name="isOwnHandler">The handler that threw is a <see cref="SocketsHttpHandler"/> of our own making.</param>
    /// <param name="mayComeBack">It may be that such a handler gave the request back unsent (<see cref="Exchange.MayComeBackUnsent"/>).</param>
    public static HttpFailure From(Exception error, bool isCancelled, bool isOver, bool isTimeOver, bool isOwnHandler, bool mayComeBack) => new()
    {
        Kind = isCancelled || isOver ? HttpFailureKind.NotTheServers : Classify(error, isTimeOver, isOwnHandler, mayComeBack),
        IsSilence = isOver && !isCancelled,
        Error = error,
    };

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

    /// <summary>How long the server asks to wait, as far as it concerns the next instance: one that is unavailable says nothing of the others.</summary>
    /// <param name="toAnother">The next attempt goes to another instance.</param>
    /// <param name="longest">Negative is the answer to more: the caller gets the response, and can wait by itself.</param>
    public TimeSpan? Pushback(bool toAnother, TimeSpan longest) =>
        RetryAfter is not { } wait || (toAnother && StatusCode != HttpStatusCode.TooManyRequests) ? null
        : wait <= longest ? wait
        : TimeSpan.FromTicks(-1);

    private static HttpFailureKind Classify(Exception error, bool isTimeOver, bool isOwnHandler, bool mayComeBack)
    {
        switch (error)
        {
            case HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
            }:

            // SocketsHttpHandler reports its connect timeout like a caller's timeout, but nobody has cancelled.
            case OperationCanceledException { InnerException: TimeoutException } when isOwnHandler:
                return HttpFailureKind.NeverSent;

            // .NET looks at the other end of a connection that it has just made, before it sends anything, and the connection is gone already.
            case SocketException when isOwnHandler:
                return HttpFailureKind.NeverSent;

            // Another handler may have a time of its own for what it has sent.
            case OperationCanceledException { InnerException: TimeoutException }:
            case OperationCanceledException when isTimeOver:
                return HttpFailureKind.TimedOut;

            // SocketsHttpHandler names no cause for what it gave back unsent: each HTTP/2 connection that it tried was closing, as those of a
            // server that stops are. Its own repetitions end after three. Nor does it name one for a request that can't be written.
            case HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null, StatusCode: null } when isOwnHandler:
                return mayComeBack ? HttpFailureKind.Refused : HttpFailureKind.NotTheServers;

            // The caller's body could not be read, for one because it was read before.
            case HttpRequestException { InnerException: InvalidOperationException and not ObjectDisposedException } when isOwnHandler:
                return HttpFailureKind.NotTheServers;
            case HttpRequestException or IOException:
                return Causes.Find<HttpProtocolException>(error) is { ErrorCode: RefusedStream } ? HttpFailureKind.Refused : HttpFailureKind.Lost;
            default:
                return HttpFailureKind.NotTheServers;
        }
    }
}
