namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes a check from the agent. False if there is none of this id.</summary>
public sealed record DeregisterCheck(string CheckId) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        var known = transaction.Local.Checks.ContainsKey(CheckId);
        transaction.LocalWriter.RemoveCheck(CheckId);
        return known;
    }
}
