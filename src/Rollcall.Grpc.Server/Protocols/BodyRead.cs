using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Reads of a body by HTTP/1.1 that a deadline may end.</summary>
internal static class BodyRead
{
    /// <summary>
    /// Reads as the body does. When the token ends it, the read is over: a body of HTTP/1.1 takes a read that was ended by its own token for one that goes on, and the
    /// server then logs an error when it wants to read the rest of the request.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token ended it.</exception>
    public static async ValueTask<ReadResult> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        ReadResult result;
        using (cancellationToken.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), body))
        {
            result = await body.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (result.IsCanceled)
        {
            body.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException(cancellationToken);
        }

        return result;
    }
}
