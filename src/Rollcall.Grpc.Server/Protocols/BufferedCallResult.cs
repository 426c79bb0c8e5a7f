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
