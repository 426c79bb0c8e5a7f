using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Sends a <see cref="RawBody"/>.</summary>
internal static class RawBodyResponse
{
    /// <summary>What a body is whose type is not said: nothing that a browser would run.</summary>
    public const string UnknownType = "application/octet-stream";

    /// <exception cref="RpcException">Internal: HTTP can't carry the type.</exception>
    public static void SetContentType(HttpResponse response, RawBody body)
    {
        try
        {
            response.ContentType = body.ContentType.Length == 0 ? UnknownType : body.ContentType;
        }
        catch (InvalidOperationException)
        {
            throw MessageDecoder.Fault(StatusCode.Internal, "The content type of the response has a value that HTTP can't carry.");
        }
    }
}
