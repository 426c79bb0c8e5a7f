using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Durability;

/// <summary>The same with the command's answer.</summary>
internal sealed class PendingCommit<TResult>(TResult result, StoreRoot? root, StoreCommit? commit, IReadOnlyCollection<Topic> changed, bool toPool)
    : PendingCommit(root, commit, changed)
{
    // On the pool whoever waits may block; else it goes on on the writer's thread.
    private readonly TaskCompletionSource<TResult> _done = new(toPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);

    public Task<TResult> Task => _done.Task;

    public override void Complete() => _done.SetResult(result);

    public override void Fail(StoreJournalException exception) => _done.SetException(exception);
}
