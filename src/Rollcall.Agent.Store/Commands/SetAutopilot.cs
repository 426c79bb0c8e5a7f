using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Replaces the settings of autopilot.</summary>
/// <param name="Settings">The new ones.</param>
/// <param name="Index">Only if this is the ModifyIndex of the old ones; null: in any case.</param>
public sealed record SetAutopilot(AutopilotSettings Settings, ulong? Index) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        var old = transaction.Records.Autopilot.Find("");
        if (Index is { } index && (old?.ModifyIndex ?? 0) != index)
        {
            return false;
        }

        var next = Settings with { CreateIndex = old?.CreateIndex ?? transaction.Index, ModifyIndex = transaction.Index };
        transaction.Records = transaction.Records with { Autopilot = transaction.Records.Autopilot.Put("", next, transaction.Index) };
        transaction.Touch(new RowKey(StoreTable.Autopilot, ""));
        return true;
    }
}
