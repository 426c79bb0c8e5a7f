using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
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
    public static ValueTask<T> ReadAsync<T>(HttpServerCallContext context, Marshaller<T> marshaller)
        where T : class
    {
        var reader = context.HttpContext.Request.BodyReader;
        T? message = null;
        try
        {
            // Most small requests are here as a whole. For them there is no state machine, and no ReadAsync, which is dearer than a look in Kestrel.
            if (reader.TryRead(out var result) && TryTake(context, marshaller, reader, result, ref message))
            {
                return ValueTask.FromResult(message);
            }
        }
        catch (Exception exception) when (context.NoteReadFailure(exception))
        {
            throw;
        }

        return ReadOnAsync(context, marshaller, reader, message);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<T> ReadOnAsync<T>(HttpServerCallContext context, Marshaller<T> marshaller, PipeReader reader, T? message)
        where T : class
    {
        try
        {
            while (!TryTake(context, marshaller, reader, await reader.ReadAsync(context.DeadlineToken).ConfigureAwait(false), ref message))
            {
            }

            return message;
        }
        catch (Exception exception) when (context.NoteReadFailure(exception, context.DeadlineToken))
        {
            throw;
        }
    }

    /// <summary>Takes the message out of what has come.</summary>
    /// <returns>True at the end of the request.</returns>
    private static bool TryTake<T>(
        HttpServerCallContext context, Marshaller<T> marshaller, PipeReader reader, in ReadResult result, [NotNullWhen(true)] ref T? message)
        where T : class
    {
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
            var isCut = !buffer.IsEmpty;
            reader.AdvanceTo(buffer.End);
            return message is not null ? true
                : throw (isCut ? MessageDecoder.Incomplete() : MessageDecoder.Fault(StatusCode.Internal, "The method takes one request message and the caller sent none."));
        }

        reader.AdvanceTo(buffer.Start, buffer.End);
        return false;
    }
}
