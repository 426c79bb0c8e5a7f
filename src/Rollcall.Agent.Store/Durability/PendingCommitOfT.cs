using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Durability;

/// <summary>The same with the command's answer.</summary>
internal sealed class PendingCommit<TResult>(TResult result, StoreRoot? root, StoreCommit? commit, IReadOnlyCollection<Topic> changed)
    : PendingCommit(root, commit, changed)
{
    // Continuations run on the pool: the writer must not run its callers' code.
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Task => _done.Task;

    public override void Complete() => _done.SetResult(result);

    public override void Fail(StoreJournalException exception) => _done.SetException(exception);
}
