using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Tests.Durability;

/// <summary>Keeps nothing; fails while it is told to.</summary>
internal sealed class FailingJournal : IStoreJournal
{
    private volatile bool _fails;
    private int _failed;

    public bool Fails
    {
        set => _fails = value;
    }

    public int Failed => Volatile.Read(ref _failed);

    public void Write(IReadOnlyList<StoreCommit> commits)
    {
        if (_fails)
        {
            Interlocked.Increment(ref _failed);
            throw new StoreJournalException("There is no room.");
        }
    }
}
