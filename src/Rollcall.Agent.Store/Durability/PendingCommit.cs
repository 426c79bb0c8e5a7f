using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Durability;

/// <summary>A command that was applied and waits to be written.</summary>
/// <param name="root">The root after it; null: it changed nothing.</param>
/// <param name="transaction">What it was applied in.</param>
/// <param name="thread">Which one brought it. Null: one of the pool, or any other.</param>
internal abstract class PendingCommit(StoreRoot? root, StoreTransaction transaction, ICommandThread? thread)
{
    public StoreRoot? Root => root;

    /// <summary>How many rows have to be written.</summary>
    public int RowCount => root is null ? 0 : transaction.RowCount;

    /// <summary>What has to be written; null: nothing. Found when it is asked for, each time: by who writes, where others need not wait for it.</summary>
    public StoreCommit? Commit => RowCount == 0 ? null : transaction.Commit(root!);

    /// <summary>What it wakes.</summary>
    public IReadOnlyCollection<Topic> Changed => transaction.Changed;

    /// <summary>Keys whose locks it delays.</summary>
    public IReadOnlyList<(string Key, TimeSpan Delay)> Delayed => transaction.Delayed;

    // What those who wait do next may be much, and must keep neither the next write nor the others of this one: it is done on their own thread, in its turn,
    // or on the pool.
    public void Complete()
    {
        if (thread is null)
        {
            SetResult();
        }
        else
        {
            thread.Post(SetResult);
        }
    }

    public void Fail(StoreJournalException exception)
    {
        if (thread is null)
        {
            SetException(exception);
        }
        else
        {
            thread.Post(() => SetException(exception));
        }
    }

    protected abstract void SetResult();

    protected abstract void SetException(StoreJournalException exception);
}
