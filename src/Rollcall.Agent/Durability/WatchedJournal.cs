using Rollcall.Agent.Metrics;
using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Durability;

/// <summary>Counts what a journal refuses, and knows whether it takes anything now.</summary>
internal sealed class WatchedJournal(IStoreJournal journal, AgentMetrics metrics) : IStoreJournal
{
    private volatile bool _fails;

    /// <summary>Whether the newest write was refused.</summary>
    public bool Fails => _fails;

    public void Write(IReadOnlyList<StoreCommit> commits)
    {
        try
        {
            journal.Write(commits);
            _fails = false;
        }
        catch (StoreJournalException)
        {
            _fails = true;
            foreach (var _ in commits)
            {
                metrics.Count("rollcall.agent.refused", "reason", "disk");
            }

            throw;
        }
    }
}
