using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>How a buffered call ended.</summary>
/// <param name="Status">The status.</param>
/// <param name="Trailers">Metadata of the handler that ended the call, without the status.</param>
/// <param name="Frames">The response messages with their prefixes; empty when there is none.</param>
internal sealed record BufferedCallResult(Status Status, IHeaderDictionary Trailers, ReadOnlyMemory<byte> Frames)
{
    /// <summary>The one message of a unary call that ended with OK.</summary>
    public ReadOnlyMemory<byte> Message => Frames[GrpcFraming.PrefixLength..];

    /// <summary>Puts the trailers into the headers of the real response, and gives the status to send: Internal when HTTP can't carry a value.</summary>
    /// <param name="response">The response; it has not started.</param>
    /// <param name="prefix">Of the names that trailers have as headers.</param>
    /// <param name="handler">Who made the call, for the log.</param>
    public Status SetTrailers(HttpResponse response, string prefix, CallHandler handler)
    {
        try
        {
            foreach (var (name, values) in Trailers)
            {
                if (name != StatusDetails.Header)
                {
                    response.Headers.Append(prefix + name, values);
                }
            }

            return Status;
        }
        catch (InvalidOperationException exception)
        {
            handler.LogTrailersRefused(exception);
            return new Status(StatusCode.Internal, "A trailer has a value that HTTP can't carry.");
        }
    }

    public static BufferedCallResult Create(BufferedResponse response)
    {
        var trailers = response.Trailers;
        var code = int.Parse(trailers.GrpcStatus.ToString(), CultureInfo.InvariantCulture);
        var status = new Status((StatusCode)code, GrpcStatusMessage.Decode(trailers.GrpcMessage.ToString()));
        trailers.Remove(GrpcProtocol.StatusHeader);
        trailers.Remove(GrpcProtocol.MessageHeader);
        return new BufferedCallResult(status, trailers, response.Written);
    }
}
