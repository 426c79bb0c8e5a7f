namespace Rollcall.Agent.Store.Durability;

/// <summary>Keeps commits. Used by one writer at a time.</summary>
public interface IStoreJournal
{
    /// <summary>Writes commits so that they outlive the process and the machine, all of them or none. Blocks until that is so.</summary>
    /// <exception cref="StoreJournalException">Nothing was written.</exception>
    void Write(IReadOnlyList<StoreCommit> commits);
}
