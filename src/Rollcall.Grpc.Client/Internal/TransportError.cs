using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Errors;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Turns what the HTTP stack throws into gRPC statuses, by type and code, never by text.</summary>
internal static class TransportError
{
    /// <summary>RFC 9113 7: the server closes the connection in good order.</summary>
    public const long NoError = 0x0;

    /// <summary>RFC 9113 7: the server did nothing with the stream.</summary>
    public const long RefusedStream = 0x7;

    /// <summary>What may be wrong with a server without TLS that is no HTTP/2 server.</summary>
    public const string Http1Alone = "HTTP/1.1 alone: in ASP.NET Core without TLS set Protocols = HttpProtocols.Http2";

    /// <summary>What may be wrong with a client that a server with TLS does not go on with.</summary>
    public const string NoCertificate = "Perhaps it asks for a client certificate: SslCredentials takes one";

    private const long ProtocolErrorCode = 0x1;
    private const long Http11Required = 0xd;

    /// <summary>There was no usable connection.</summary>
    public static bool IsConnectError(Exception error) => error switch
    {
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
        } => true,

        _ => Causes.Find<ConnectionNotServedException>(error) is not null,
    };

    /// <summary>A time of the HTTP handler was over: with the channel's own, the one for a connection.</summary>
    public static bool IsTimeout(Exception error) => error is OperationCanceledException { InnerException: TimeoutException };

    /// <summary>What the network, TLS or HTTP end in, and not what else a handler may throw.</summary>
    public static bool IsOfTransport(Exception error) =>
        error is HttpRequestException or IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException;

    /// <param name="error">What the HTTP handler threw.</param>
    /// <param name="authority">The endpoint, for the message.</param>
    /// <param name="sendsPings">The handler sends HTTP/2 pings, and reports one without an answer as PROTOCOL_ERROR.</param>
    public static Status ToStatus(Exception error, string authority, bool sendsPings)
    {
        if (Causes.Find<HttpProtocolException>(error) is { } protocol)
        {
            if (sendsPings && protocol.ErrorCode == ProtocolErrorCode)
            {
                return new Status(StatusCode.Unavailable, $"The connection to {authority} broke: {protocol.Message}", error);
            }

            if (protocol.ErrorCode == Http11Required)
            {
                return new Status(
                    GrpcStatusMapping.FromHttp2Error(protocol.ErrorCode),
                    $"{authority} speaks only HTTP/1.1 on this port, and gRPC needs HTTP/2. In ASP.NET Core without TLS set Protocols = HttpProtocols.Http2 there.",
                    error);
            }

            return new Status(GrpcStatusMapping.FromHttp2Error(protocol.ErrorCode), $"{authority} broke the call off: {protocol.Message}", error);
        }

        return error switch
        {
            _ when IsTimeout(error) =>
                new Status(StatusCode.Unavailable, $"{authority} gave no answer within the time of the channel's HTTP handler.", error),
            _ when IsOfTransport(error) =>
                new Status(StatusCode.Unavailable, $"The connection to {authority} broke: {Describe(error)}.", error),
            _ => new Status(StatusCode.Internal, $"The call to {authority} failed: {Describe(error)}.", error),
        };
    }

    /// <summary>What a caller reads when there is no connection.</summary>
    public static string NoConnection(Endpoint endpoint, Exception error)
    {
        // The endpoint of an address belongs to no service. A bare name that no name server knows is most likely one.
        var isBareName = endpoint.ServiceName.Length == 0 && error is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }
            && !endpoint.Host.Contains('.', StringComparison.Ordinal);
        var hint = isBareName ? $" If {endpoint.Host} is the name of a service in Consul, the target for it is consul:///{endpoint.Host}"
            : NamesNoCause(error) ? $" Perhaps it speaks {Http1Alone}. {NoCertificate}"
            : "";
        return $"No connection to {endpoint.Authority}: {Describe(error)}.{hint}";
    }

    /// <summary>The reason at the bottom, which is what a person can act on.</summary>
    public static string Describe(Exception error)
    {
        var reason = error;
        while (reason.InnerException is { } inner)
        {
            if (inner is TimeoutException)
            {
                return "no answer within the connect timeout";
            }

            reason = inner;
        }

        var text = error switch
        {
            _ when reason is PeerCertificateException => $"the TLS handshake failed: {reason.Message}",
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                $"the TLS handshake failed: {reason.Message.TrimEnd('.')}. Perhaps it speaks HTTP/1.1 alone there, or without TLS: http:// and ChannelCredentials.Insecure are for that",
            HttpRequestException { HttpRequestError: HttpRequestError.VersionNegotiationError } =>
                $"it does not speak HTTP/2 here: {reason.Message}",
            _ => reason.Message,
        };
        return text.TrimEnd('.', ' ');
    }

    /// <summary>A handler of the channel's own that was closed under a call before the call had a stream may end it with this.</summary>
    public static bool IsOfClosedHandler(Exception? error) => error is ObjectDisposedException || (error is not null && NamesNoCause(error));

    /// <summary>
    /// SocketsHttpHandler keeps the reason to itself: the connection ended before HTTP/2 began, all connections that it tried were closing, or the
    /// request is more than the server takes.
    /// </summary>
    public static bool NamesNoCause(Exception error) =>
        error is HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null };
}
