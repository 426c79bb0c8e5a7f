using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Takes a config entry away; one that is not there is no error.</summary>
public sealed record DeleteConfigEntry(string Kind, string Name) : Command<string?>
{
    /// <summary>As that of <see cref="SetConfigEntry"/>.</summary>
    public Func<Table<ConfigEntry>, string, string, string?>? Fault { get; init; }

    /// <returns>Null; or why it must stay.</returns>
    internal override string? Apply(StoreTransaction transaction)
    {
        var key = ConfigEntry.KeyOf(Kind, Name);
        var entries = transaction.Records.ConfigEntries;
        if (entries.Find(key) is null)
        {
            return null;
        }

        var proposed = entries.Remove(key, transaction.Index);
        if (Fault?.Invoke(proposed, Kind, Name) is { } fault)
        {
            return fault;
        }

        transaction.Records = transaction.Records with { ConfigEntries = proposed };
        transaction.Touch(Topic.ConfigEntries);

        // What gateways lead to goes by what services speak.
        transaction.Touch(Topic.Gateways);
        transaction.Touch(new RowKey(StoreTable.ConfigEntry, key));
        transaction.GatewayWriter.DeleteEntry(Kind, Name);
        return null;
    }
}
