using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>How a call ended whose protocol says it in its own way.</summary>
/// <param name="Status">The status.</param>
/// <param name="Trailers">Metadata of the handler that ended the call, without the status.</param>
internal sealed record AdaptedCallResult(Status Status, IHeaderDictionary Trailers)
{
    /// <summary>Takes the status out of the trailers.</summary>
    public static AdaptedCallResult Create(IHeaderDictionary trailers)
    {
        var code = int.Parse(trailers.GrpcStatus.ToString(), CultureInfo.InvariantCulture);
        var status = new Status((StatusCode)code, GrpcStatusMessage.Decode(trailers.GrpcMessage.ToString()));
        trailers.Remove(GrpcProtocol.StatusHeader);
        trailers.Remove(GrpcProtocol.MessageHeader);
        return new AdaptedCallResult(status, trailers);
    }
}
