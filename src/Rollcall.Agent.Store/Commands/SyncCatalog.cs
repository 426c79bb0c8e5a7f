namespace Rollcall.Agent.Store.Commands;

/// <summary>Brings the catalog's view of the agent's node back to what is registered on the agent.</summary>
/// <param name="Outputs">Also bring over outputs that changed without a change of status.</param>
public sealed record SyncCatalog(bool Outputs) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        transaction.LocalWriter.Sync(Outputs);
        return true;
    }
}
