using System.Net.Http.Headers;
using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Errors;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>How an attempt failed, and what that allows.</summary>
internal readonly struct AttemptFailure
{
    /// <summary>What the caller sees if nothing better follows.</summary>
    public required Status Status { get; init; }

    /// <summary>No server has seen the call, or the server says that it did nothing with it: it may go elsewhere whatever the method does.</summary>
    public bool IsUnprocessed { get; init; }

    /// <summary>What it says about the endpoint.</summary>
    public CallResult Result { get; init; }

    /// <summary>Where the trailers are; null: the peer sent none.</summary>
    public HttpHeaders? Trailers { get; init; }

    /// <summary>What went wrong before the peer gave any answer.</summary>
    /// <param name="error">What the HTTP handler threw.</param>
    /// <param name="bodyStarted">Whether the handler has begun to send the request's body.</param>
    /// <param name="endpoint">Whom it was sent to, for the message.</param>
    /// <param name="ownHandler">It is the channel's own, and not one of the user's.</param>
    /// <param name="sendsPings">See <see cref="TransportError.ToStatus"/>.</param>
    public static AttemptFailure FromSend(Exception error, bool bodyStarted, Endpoint endpoint, bool ownHandler, bool sendsPings)
    {
        var protocol = Causes.Find<HttpProtocolException>(error);
        if (protocol is { ErrorCode: TransportError.RefusedStream })
        {
            return new AttemptFailure
            {
                Status = new Status(StatusCode.Unavailable, $"{endpoint.Authority} refused the call before it looked at it (REFUSED_STREAM).", error),
                IsUnprocessed = true,
                Result = CallResult.Failure,
            };
        }

        // SocketsHttpHandler makes a call again that the server has not looked at, and does not say how it was told so. What others do it for is their own affair.
        if (Causes.Find<RequestNotKeptException>(error) is not null)
        {
            var why = ownHandler ? $"{endpoint.Authority} refused the call before it looked at it (REFUSED_STREAM or GOAWAY), and it can't be made again"
                : $"The channel's HTTP handler began to send the call to {endpoint.Authority} once more, and it can't be made again";
            return new AttemptFailure
            {
                Status = new Status(StatusCode.Unavailable, $"{why}: its first messages are not kept any more.", error),
                Result = CallResult.Failure,
            };
        }

        // A discovery handler of the channel's user knows better than the address that the call has in front of it.
        if (Causes.Find<NoEndpointException>(error) is { } none)
        {
            return new AttemptFailure { Status = new Status(StatusCode.Unavailable, none.Message, error), IsUnprocessed = true, Result = CallResult.Unreachable };
        }

        // A handler of the channel's user that throws has reached nobody, and says nothing of the endpoint: the next one would hear the same.
        if (!bodyStarted && !TransportError.IsOfTransport(error))
        {
            return new AttemptFailure
            {
                Status = new Status(StatusCode.Internal, $"The channel's HTTP handler failed before it sent the call: {TransportError.Describe(error)}.", error),
                Result = CallResult.Cancelled,
            };
        }

        // A GOAWAY without an error is no answer to the call either. That a time is over is told in the same way by ConnectTimeout of
        // SocketsHttpHandler, HttpClient.Timeout and timeouts of message handlers; only of the channel's own handler it is known which of them it was.
        var answered = protocol is not null && protocol.ErrorCode != TransportError.NoError;
        if (!answered && (!bodyStarted || TransportError.IsConnectError(error) || (ownHandler && TransportError.IsTimeout(error))))
        {
            return new AttemptFailure
            {
                Status = new Status(StatusCode.Unavailable, TransportError.NoConnection(endpoint, error), error),
                IsUnprocessed = true,
                Result = CallResult.Unreachable,
            };
        }

        return FromTransport(error, endpoint.Authority, sendsPings);
    }

    /// <summary>What went wrong after the request went out.</summary>
    public static AttemptFailure FromTransport(Exception error, string authority, bool sendsPings)
    {
        var status = TransportError.ToStatus(error, authority, sendsPings);
        return new AttemptFailure { Status = status, Result = ResultOf(status.StatusCode) };
    }

    /// <summary>The peer's own status.</summary>
    public static AttemptFailure FromPeer(in Status status, HttpHeaders trailers) =>
        new() { Status = status, Trailers = trailers, Result = ResultOf(status.StatusCode) };

    /// <summary>What the end of a call says about the endpoint.</summary>
    public static CallResult ResultOf(StatusCode code) => code switch
    {
        StatusCode.Cancelled => CallResult.Cancelled,
        StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown or StatusCode.DataLoss or StatusCode.ResourceExhausted
            or StatusCode.DeadlineExceeded => CallResult.Failure,
        _ => CallResult.Success,
    };
}
