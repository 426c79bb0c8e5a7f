using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Reads the one request of a unary or server-streaming call.</summary>
internal static class SingleRequestReader
{
    /// <summary>
    /// Reads to the end of the request. Answering before it would make the server reset the stream, which costs the caller its connection's
    /// stream slot for a while.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<T> ReadAsync<T>(HttpServerCallContext context, Marshaller<T> marshaller)
        where T : class
    {
        var reader = context.HttpContext.Request.BodyReader;
        T? message = null;
        try
        {
            while (true)
            {
                // Most small requests are here as a whole, and Kestrel's ReadAsync is dearer than a look.
                if (!reader.TryRead(out var result))
                {
                    result = await reader.ReadAsync(context.DeadlineToken).ConfigureAwait(false);
                }

                var buffer = result.Buffer;
                if (message is null && MessageDecoder.TryDecode(context, marshaller, ref buffer, out var decoded))
                {
                    message = decoded;
                }

                if (message is not null && !buffer.IsEmpty)
                {
                    throw MessageDecoder.Fault(StatusCode.Internal, "The method takes one request message and the caller sent more.");
                }

                if (result.IsCompleted)
                {
                    reader.AdvanceTo(buffer.End);
                    return message ?? throw MessageDecoder.Incomplete();
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        catch (Exception exception) when (context.NoteReadFailure(exception))
        {
            throw;
        }
    }
}
