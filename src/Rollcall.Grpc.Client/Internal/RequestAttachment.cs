namespace Rollcall.Grpc.Client.Internal;

/// <summary>The body of one attempt, open for messages until it is done.</summary>
/// <param name="body">Where messages go.</param>
/// <param name="token">Fires when the HTTP handler does not want the body any more.</param>
internal sealed class RequestAttachment(Stream body, CancellationToken token)
{
    public Stream Body { get; } = body;

    public CancellationToken Token { get; } = token;

    /// <summary>Ends the body: as a whole, or broken off.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
