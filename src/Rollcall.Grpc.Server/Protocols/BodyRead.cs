using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Reads of a body by HTTP/1.1 that a deadline, or a caller who breaks off, may end.</summary>
internal static class BodyRead
{
    /// <summary>
    /// Reads as the body does. When the token ends it, the read is over: a body of HTTP/1.1 takes a read that was ended by its own token for
    /// one that goes on, and the server then logs an error when it wants to read the rest of the request.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="seen">Bytes that the last read gave out and that were examined, but not consumed.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="OperationCanceledException">The token ended it.</exception>
    /// <exception cref="BadHttpRequestException">The caller broke off or is too slow, or what it sends is no body. The read is over.</exception>
    /// <exception cref="IOException">The connection broke. The read is over.</exception>
    public static async ValueTask<ReadResult> ReadAsync(PipeReader body, SeenBytes seen, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReadResult result;
        using (cancellationToken.UnsafeRegister(static body => End((PipeReader)body!), body))
        {
            try
            {
                result = await body.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (BadHttpRequestException) when (seen.End is not null)
            {
                Close(body, seen.End.Value);
                throw;
            }
            catch (IOException exception) when (exception is not BadHttpRequestException)
            {
                Close(body, seen.End ?? default);
                throw;
            }
        }

        // What has come at the same time is given out, and the next read ends. A read may also hear late of a token that was to end the one
        // before; it then gives out what there is.
        if (result.IsCanceled && cancellationToken.IsCancellationRequested && !result.IsCompleted && result.Buffer.Length <= seen.Length)
        {
            body.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            throw new OperationCanceledException(cancellationToken);
        }

        return result;
    }

    // A body of a known length leaves the read open that found the connection broken or, behind bytes that were seen and not consumed, the body
    // broken off. The server then logs an error or warns when it wants to read the rest of the request.
    private static void Close(PipeReader body, SequencePosition end)
    {
        try
        {
            body.AdvanceTo(end);
        }
        catch (Exception)
        {
            // A body in chunks has closed it, and one of a known length closes it before it complains of the place or of the broken connection.
        }
    }

    private static void End(PipeReader body)
    {
        try
        {
            body.CancelPendingRead();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The request was broken off, by which the server ends the read; it wants to hear nothing of it from whoever cancels the token.
        }
    }
}
