namespace Rollcall.Agent.Store.Durability;

/// <summary>The same with the command's answer.</summary>
internal sealed class PendingCommit<TResult>(TResult result, StoreRoot? root, StoreTransaction transaction, ICommandThread? thread)
    : PendingCommit(root, transaction, thread)
{
    // On the pool whoever waits may block; where it is posted to it is where it is to go on.
    private readonly TaskCompletionSource<TResult> _done = new(thread is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);

    public Task<TResult> Task => _done.Task;

    protected override void SetResult() => _done.SetResult(result);

    protected override void SetException(StoreJournalException exception) => _done.SetException(exception);
}
