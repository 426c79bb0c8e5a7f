namespace Rollcall.Agent.Store.Durability;

/// <summary>The same with the command's answer.</summary>
internal sealed class PendingCommit<TResult>(TResult result, StoreRoot? root, StoreCommit? commit, StoreTransaction transaction, bool toPool)
    : PendingCommit(root, commit, transaction)
{
    // On the pool whoever waits may block; else it goes on on the writer's thread.
    private readonly TaskCompletionSource<TResult> _done = new(toPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);

    public Task<TResult> Task => _done.Task;

    public override void Complete() => _done.SetResult(result);

    public override void Fail(StoreJournalException exception) => _done.SetException(exception);
}
