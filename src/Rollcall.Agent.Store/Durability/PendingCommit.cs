using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Durability;

/// <summary>A command that was applied and waits to be written.</summary>
/// <param name="root">The root after it; null: it changed nothing.</param>
/// <param name="commit">What has to be written; null: nothing.</param>
/// <param name="changed">What it wakes.</param>
internal abstract class PendingCommit(StoreRoot? root, StoreCommit? commit, IReadOnlyCollection<Topic> changed)
{
    public StoreRoot? Root => root;

    public StoreCommit? Commit => commit;

    public IReadOnlyCollection<Topic> Changed => changed;

    public abstract void Complete();

    public abstract void Fail(StoreJournalException exception);
}
