namespace Rollcall.Agent.Store.Commands;

/// <summary>A check has a result. False if it is gone by now.</summary>
/// <param name="CheckId">The check.</param>
/// <param name="Status">How it is.</param>
/// <param name="Output">What was said.</param>
/// <param name="ShowsOutput">Whether the catalog gets an output that comes without a change of status; else <see cref="SyncCatalog"/> brings it over.</param>
public sealed record UpdateCheck(string CheckId, string Status, string Output, bool ShowsOutput = false) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        if (!transaction.Local.Checks.TryGetValue(CheckId, out var check))
        {
            return false;
        }

        transaction.LocalWriter.UpdateCheck(check, Status, Output, ShowsOutput);
        return true;
    }

    // Heartbeats say the same again and again.
    internal override bool ChangesNothing(StoreRoot root, out bool result)
    {
        result = root.Local.Checks.TryGetValue(CheckId, out var check);
        return check is null || (check.Check.Status == Status && check.Check.Output == Output);
    }
}
