using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Writes the one response of a unary or client-streaming call; the server flushes it together with the trailers.</summary>
internal static class SingleResponse
{
    public static void Write<T>(HttpServerCallContext context, Marshaller<T> marshaller, T? response)
        where T : class
    {
        // A handler that set another status has no response to give.
        if (context.Status.StatusCode != StatusCode.OK)
        {
            return;
        }

        if (response is null)
        {
            throw new RpcException(new Status(StatusCode.Internal, "The handler returned no message."));
        }

        ResponseWriter.Write(context, marshaller, response, context.WriteOptions);
    }
}
