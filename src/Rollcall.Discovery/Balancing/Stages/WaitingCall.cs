namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>A call that waits for an endpoint: a task of what it is given.</summary>
internal sealed class WaitingCall : TaskCompletionSource<PickLease>
{
    public WaitingCall(in PickContext context)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        // Others read it while the call waits: the list is the call's own.
        Context = context.IsRetry ? context with { Tried = [.. context.Tried!] } : context with { Tried = null };
        Place = new LinkedListNode<WaitingCall>(this);
    }

    public PickContext Context { get; }

    /// <summary>Guarded by the lock of <see cref="WaitingCalls"/>.</summary>
    public LinkedListNode<WaitingCall> Place { get; }
}
