using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Takes a config entry away; one that is not there is no error.</summary>
public sealed record DeleteConfigEntry(string Kind, string Name) : Command<bool>
{
    /// <returns>Whether there was one.</returns>
    internal override bool Apply(StoreTransaction transaction)
    {
        var key = ConfigEntry.KeyOf(Kind, Name);
        var entries = transaction.Records.ConfigEntries;
        if (entries.Find(key) is null)
        {
            return false;
        }

        transaction.Records = transaction.Records with { ConfigEntries = entries.Remove(key, transaction.Index) };
        transaction.Touch(Topic.ConfigEntries);
        transaction.Touch(new RowKey(StoreTable.ConfigEntry, key));
        return true;
    }
}
