using System.Globalization;
using System.Net;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>What a response says of the instance that gave it.</summary>
internal static class HttpOutcome
{
    /// <summary>Whether a status says that something is wrong, with the instance or with the moment: the only ones that another attempt may change.</summary>
    public static bool IsFault(HttpStatusCode status) =>
        (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;

    /// <summary>By status, and for a gRPC response by what its trailers say, once its body was read.</summary>
    public static CallResult Of(HttpResponseMessage response)
    {
        // 501 and 505 are about the request; the others say that this instance can't serve now.
        if ((int)response.StatusCode >= 500)
        {
            return response.StatusCode is HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported ? CallResult.Success : CallResult.Failure;
        }

        return IsGrpc(response) ? OfGrpc(response) : CallResult.Success;
    }

    /// <summary>Whether it is told by trailers, which come after the last byte of the body: gRPC needs HTTP/2, and its faults are in them.</summary>
    public static bool IsGrpc(HttpResponseMessage response) =>
        response.Version.Major > 1
        && response.StatusCode == HttpStatusCode.OK
        && response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
        && type.ToString().StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    private static CallResult OfGrpc(HttpResponseMessage response)
    {
        if (!response.TrailingHeaders.NonValidated.TryGetValues("grpc-status", out var text)
            && !response.Headers.NonValidated.TryGetValues("grpc-status", out text))
        {
            return CallResult.Failure;
        }

        return int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? (CallStatus)status switch
            {
                CallStatus.Cancelled => CallResult.Cancelled,
                CallStatus.Unavailable or CallStatus.Internal or CallStatus.Unknown or CallStatus.DataLoss or CallStatus.ResourceExhausted
                    or CallStatus.DeadlineExceeded => CallResult.Failure,
                _ => CallResult.Success,
            }
            : CallResult.Failure;
    }
}
