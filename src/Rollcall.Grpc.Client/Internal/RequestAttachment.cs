namespace Rollcall.Grpc.Client.Internal;

/// <summary>The body of one attempt, open for messages until it is done. One writer at a time.</summary>
/// <param name="body">Where messages go.</param>
/// <param name="flushesInOrder">
/// A flush need not be waited for, because the next write does: the body is that of a <see cref="SocketsHttpHandler"/>, which does both one after the other.
/// </param>
/// <param name="token">Fires when the HTTP handler does not want the body any more.</param>
internal sealed class RequestAttachment(Stream body, bool flushesInOrder, CancellationToken token)
{
    private Task _flush = Task.CompletedTask;

    public Stream Body { get; } = body;

    public CancellationToken Token { get; } = token;

    /// <summary>Ends the body: as a whole, or broken off.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sends what was written on its way.</summary>
    /// <returns>The flush; or the one before it, which is over, so that its failure is the writer's.</returns>
    public Task FlushAsync()
    {
        if (!flushesInOrder)
        {
            return Body.FlushAsync(Token);
        }

        var before = Interlocked.Exchange(ref _flush, Body.FlushAsync(CancellationToken.None));
        if (Done.Task.IsCompleted)
        {
            ObserveFlush();
        }

        return before;
    }

    /// <summary>The body is done: nobody waits for its last flush.</summary>
    public void ObserveFlush() => FaultObserver.Observe(Volatile.Read(ref _flush));
}
