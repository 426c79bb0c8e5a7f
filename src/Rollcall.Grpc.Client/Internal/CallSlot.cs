namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// Room for one call at a time. A call that ended undisturbed leaves to the next one what is dear to make: the source of its cancellation with the
/// registrations that the HTTP stack made, and its request with content and headers, which are more than a tenth of what a small call allocates.
/// </summary>
internal sealed class CallSlot(GrpcChannel channel)
{
    private CallCore? _call;

    public GrpcChannel Channel { get; } = channel;

    public CallCancellation Cancellation { get; } = new(channel.TimeProvider);

    /// <summary>The request of a call with a single message. Null: not made yet, or not to be used again.</summary>
    public BufferedContent? Content { get; private set; }

    /// <summary>The call that has not ended, if there is one.</summary>
    public CallCore? Call => Volatile.Read(ref _call);

    /// <summary>The request for a call with a single message.</summary>
    /// <param name="frame">The message; disposed at the end of the call.</param>
    /// <param name="messageBytes">The size of the message before it was packed.</param>
    /// <param name="encoding">How it is compressed; null: it is not.</param>
    public BufferedContent Fill(GrpcFrameBuffer frame, int messageBytes, string? encoding)
    {
        Content ??= new BufferedContent(Channel);
        Content.Fill(frame, messageBytes, encoding);
        return Content;
    }

    /// <summary>A call begins.</summary>
    /// <exception cref="ObjectDisposedException">The channel was disposed.</exception>
    public void Begin(CallCore call)
    {
        // A full fence: either this sees that the channel is being disposed, or that sees the call.
        Interlocked.Exchange(ref _call, call);
        if (Channel.IsDisposed)
        {
            Channel.Calls.Drop(this);
            throw new ObjectDisposedException(typeof(GrpcChannel).FullName);
        }
    }

    /// <summary>The call has ended, and nobody will cancel it any more.</summary>
    /// <returns>False: its cancellation can't be used again.</returns>
    public bool TryReset()
    {
        Volatile.Write(ref _call, null);
        if (Content is { IsReusable: false })
        {
            Content = null;
        }

        return Cancellation.TryReset();
    }
}
