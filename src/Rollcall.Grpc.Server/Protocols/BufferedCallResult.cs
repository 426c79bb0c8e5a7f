using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>How a buffered call ended.</summary>
/// <param name="Status">The status.</param>
/// <param name="Trailers">Metadata of the handler that ended the call, without the status.</param>
internal sealed record BufferedCallResult(Status Status, IHeaderDictionary Trailers)
{
    public static BufferedCallResult Create(IHeaderDictionary trailers)
    {
        var code = int.Parse(trailers.GrpcStatus.ToString(), CultureInfo.InvariantCulture);
        var status = new Status((StatusCode)code, GrpcStatusMessage.Decode(trailers.GrpcMessage.ToString()));
        trailers.Remove(GrpcProtocol.StatusHeader);
        trailers.Remove(GrpcProtocol.MessageHeader);
        return new BufferedCallResult(status, trailers);
    }
}
