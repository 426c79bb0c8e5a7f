using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Stores a config entry under its kind and name.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Index">Only if this is the ModifyIndex of the entry there is, 0: if there is none; null: in any case.</param>
public sealed record SetConfigEntry(ConfigEntry Entry, ulong? Index) : Command<(bool Stored, string? Fault)>
{
    /// <summary>The kind of which there must not be an entry of the same name; null: any may be.</summary>
    public string? Excludes { get; init; }

    /// <summary>Says of all entries as they would be, and the kind and name of this one, why they must not be; null: they may be any.</summary>
    public Func<Table<ConfigEntry>, string, string, string?>? Fault { get; init; }

    /// <returns>Whether it was stored; or why it must not be, in Consul's words.</returns>
    internal override (bool Stored, string? Fault) Apply(StoreTransaction transaction)
    {
        var key = ConfigEntry.KeyOf(Entry.Kind, Entry.Name);
        var entries = transaction.Records.ConfigEntries;
        var old = entries.Find(key);
        if (Index is { } index && (old?.ModifyIndex ?? 0) != index)
        {
            return (false, null);
        }

        if (Excludes is not null && entries.Find(ConfigEntry.KeyOf(Excludes, Entry.Name)) is not null)
        {
            return (false, $"cannot create a \"{Entry.Kind}\" config entry with name \"{Entry.Name}\", a \"{Excludes}\" config entry with that name already exists");
        }

        var entry = Entry with { CreateIndex = old?.CreateIndex ?? transaction.Index, ModifyIndex = transaction.Index };
        var proposed = entries.Put(key, entry, transaction.Index);
        if (Fault?.Invoke(proposed, Entry.Kind, Entry.Name) is { } fault)
        {
            return (false, fault);
        }

        transaction.Records = transaction.Records with { ConfigEntries = proposed };
        transaction.Touch(Topic.ConfigEntries);

        // What gateways lead to goes by what services speak.
        transaction.Touch(Topic.Gateways);
        transaction.Touch(new RowKey(StoreTable.ConfigEntry, key));
        transaction.GatewayWriter.PutEntry(old, entry);
        return (true, null);
    }
}
