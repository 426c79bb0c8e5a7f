using Grpc.Core;

namespace Rollcall.Grpc;

/// <summary>
/// OpenTelemetry's semantic conventions for RPC and gRPC (1.44), as far as client and server use them: names of attributes and what the values mean.
/// </summary>
public static class RpcConventions
{
    /// <summary>Attribute: which RPC system, always <see cref="System"/>.</summary>
    public const string SystemName = "rpc.system.name";

    /// <summary>Value of <see cref="SystemName"/>.</summary>
    public const string System = "grpc";

    /// <summary>Attribute: <c>package.Service/Method</c>, or <see cref="Other"/> when the server does not know the method.</summary>
    public const string Method = "rpc.method";

    /// <summary>Attribute: the method as the caller named it, where <see cref="Method"/> is <see cref="Other"/>.</summary>
    public const string MethodOriginal = "rpc.method_original";

    /// <summary>Value that stands for everything that is not known, so that callers can't invent values without end.</summary>
    public const string Other = "_OTHER";

    /// <summary>Attribute: the status, see <see cref="NameOf"/>.</summary>
    public const string ResponseStatusCode = "rpc.response.status_code";

    /// <summary>Attribute: present when the call failed, with the same value as <see cref="ResponseStatusCode"/>.</summary>
    public const string ErrorType = "error.type";

    /// <summary>Attribute: on the client what the channel was made for, on the server what the caller asked for.</summary>
    public const string ServerAddress = "server.address";

    /// <summary>Attribute: the port that belongs to <see cref="ServerAddress"/>.</summary>
    public const string ServerPort = "server.port";

    /// <summary>Attribute: the peer's IP address.</summary>
    public const string PeerAddress = "network.peer.address";

    /// <summary>Attribute: the peer's port.</summary>
    public const string PeerPort = "network.peer.port";

    /// <summary>Attribute of this library's own: messages written to a stream.</summary>
    public const string MessagesSent = "rollcall.messages.sent";

    /// <summary>Attribute of this library's own: messages read from a stream.</summary>
    public const string MessagesReceived = "rollcall.messages.received";

    private static readonly string[] s_names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>Bounds of the histograms of call durations, in seconds.</summary>
    public static IReadOnlyList<double> DurationBounds { get; } = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    /// <summary>The name of a status as the gRPC specification writes it, <c>DEADLINE_EXCEEDED</c>; <see cref="Other"/> for a code that it does not have.</summary>
    public static string NameOf(StatusCode code) => (uint)code < (uint)s_names.Length ? s_names[(int)code] : Other;

    /// <summary>Whether a status is the server's fault: only that makes its span an error. On the client every status but OK does.</summary>
    public static bool IsServerFault(StatusCode code) => code
        is StatusCode.Unknown
        or StatusCode.DeadlineExceeded
        or StatusCode.Unimplemented
        or StatusCode.Internal
        or StatusCode.Unavailable
        or StatusCode.DataLoss;
}
