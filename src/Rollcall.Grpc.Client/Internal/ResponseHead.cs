using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What response headers and trailers say about a call.</summary>
internal static class ResponseHead
{
    /// <summary>Whether there is a body to read. A peer that refuses a call at once sends the status with the headers ("trailers only").</summary>
    /// <param name="response">The response; stays the caller's.</param>
    /// <param name="authority">The endpoint, for messages.</param>
    /// <param name="statusInHeaders">The status came with the headers.</param>
    /// <param name="failure">How the attempt failed when false is returned.</param>
    public static bool TryAccept(HttpResponseMessage response, string authority, out bool statusInHeaders, out AttemptFailure failure)
    {
        failure = default;
        var headers = response.Headers;
        statusInHeaders = headers.NonValidated.TryGetValues(GrpcProtocol.StatusHeader, out var code);
        if (statusInHeaders)
        {
            var status = Parse(code.ToString(), headers);
            if (status.StatusCode == StatusCode.OK)
            {
                return true;
            }

            failure = AttemptFailure.FromPeer(status, AllHeaders(response));
            return false;
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            var http = (int)response.StatusCode;
            var status = new Status(
                GrpcStatusMapping.FromHttpStatus(http),
                string.Create(CultureInfo.InvariantCulture, $"{authority} answered with HTTP status {http} and no gRPC status."));
            failure = new AttemptFailure { Status = status, Result = AttemptFailure.ResultOf(status.StatusCode), Trailers = AllHeaders(response) };
            return false;
        }

        if (!response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type) || !GrpcProtocol.IsGrpcContentType(type.ToString()))
        {
            var status = new Status(
                StatusCode.Unknown,
                $"{authority} answered with content type '{type}', which is not gRPC. Is another kind of server at this address?");
            failure = new AttemptFailure { Status = status, Result = CallResult.Failure, Trailers = AllHeaders(response) };
            return false;
        }

        return true;
    }

    /// <summary>The status from the trailers of a response that was read to its end.</summary>
    public static Status ReadStatus(HttpResponseMessage response, string authority)
    {
        var trailers = response.TrailingHeaders;
        return trailers.NonValidated.TryGetValues(GrpcProtocol.StatusHeader, out var code)
            ? Parse(code.ToString(), trailers)
            : new Status(StatusCode.Unknown, $"{authority} ended the call without a gRPC status.");
    }

    /// <summary>The status OK, with the detail that a server may give it.</summary>
    public static Status ReadSuccess(HttpHeaders? trailers) =>
        trailers is not null && trailers.NonValidated.TryGetValues(GrpcProtocol.MessageHeader, out var message)
            ? new Status(StatusCode.OK, GrpcStatusMessage.Decode(message.ToString()))
            : Status.DefaultSuccess;

    /// <summary>What the server says about a retry: null when nothing, negative when it forbids one, else how long to wait.</summary>
    public static TimeSpan? ReadPushback(HttpHeaders? trailers)
    {
        if (trailers is null || !trailers.NonValidated.TryGetValues(GrpcProtocol.RetryPushbackHeader, out var value))
        {
            return null;
        }

        // Malformed means no retry (gRFC A6).
        return int.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var wait)
            ? TimeSpan.FromMilliseconds(wait)
            : TimeSpan.FromMilliseconds(-1);
    }

    /// <summary>The headers of a response as one collection, also those that HTTP counts to its body, such as expires.</summary>
    public static HttpHeaders AllHeaders(HttpResponseMessage response)
    {
        HttpHeaders? all = null;
        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            if (!GrpcMetadata.IsReserved(name))
            {
                all ??= Copy(response.Headers);
                all.TryAddWithoutValidation(name, values);
            }
        }

        return all ?? response.Headers;
    }

    /// <summary>A copy that takes headers of every kind: so only trailers do.</summary>
    private static HttpResponseHeaders Copy(HttpResponseHeaders headers)
    {
        using var carrier = new HttpResponseMessage();
        var copy = carrier.TrailingHeaders;
        foreach (var (name, values) in headers.NonValidated)
        {
            copy.TryAddWithoutValidation(name, values);
        }

        return copy;
    }

    private static Status Parse(string code, HttpHeaders headers)
    {
        if (code == "0")
        {
            return Status.DefaultSuccess;
        }

        var detail = headers.NonValidated.TryGetValues(GrpcProtocol.MessageHeader, out var message)
            ? GrpcStatusMessage.Decode(message.ToString())
            : "";
        return int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new Status(number is >= 0 and <= (int)StatusCode.Unauthenticated ? (StatusCode)number : StatusCode.Unknown, detail)
            : new Status(StatusCode.Unknown, $"The status '{code}' of the peer is not a number. {detail}");
    }
}
