using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Durability;

/// <summary>A command that was applied and waits to be written.</summary>
/// <param name="root">The root after it; null: it changed nothing.</param>
/// <param name="commit">What has to be written; null: nothing.</param>
/// <param name="transaction">What it was applied in.</param>
internal abstract class PendingCommit(StoreRoot? root, StoreCommit? commit, StoreTransaction transaction)
{
    public StoreRoot? Root => root;

    public StoreCommit? Commit => commit;

    /// <summary>What it wakes.</summary>
    public IReadOnlyCollection<Topic> Changed => transaction.Changed;

    /// <summary>Keys whose locks it delays.</summary>
    public IReadOnlyList<(string Key, TimeSpan Delay)> Delayed => transaction.Delayed;

    public abstract void Complete();

    public abstract void Fail(StoreJournalException exception);
}
