namespace Rollcall.Agent.Store.Commands;

/// <summary>A check has a result. False if it is gone by now.</summary>
public sealed record UpdateCheck(string CheckId, string Status, string Output) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        if (!transaction.Local.Checks.TryGetValue(CheckId, out var check))
        {
            return false;
        }

        transaction.LocalWriter.UpdateCheck(check, Status, Output);
        return true;
    }

    // Heartbeats say the same again and again.
    internal override bool ChangesNothing(StoreRoot root, out bool result)
    {
        result = root.Local.Checks.TryGetValue(CheckId, out var check);
        return check is null || (check.Check.Status == Status && check.Check.Output == Output);
    }
}
