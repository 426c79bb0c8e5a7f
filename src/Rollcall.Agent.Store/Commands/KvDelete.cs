using Rollcall.Agent.Store.Kv;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Deletes a key. True also if there was none; false if the compare-and-set did not hold.</summary>
/// <param name="Key">The key.</param>
/// <param name="Cas">Null: delete anyway. Else: only if this is its ModifyIndex.</param>
public sealed record KvDelete(string Key, ulong? Cas) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        var pair = transaction.Kv.Find(Key);
        if (Cas is { } cas && pair?.ModifyIndex != cas)
        {
            // Deleting what is not there succeeds, whatever index was asked for.
            return pair is null;
        }

        if (pair is not null)
        {
            Delete(transaction, pair);
        }

        return true;
    }

    internal static void Delete(StoreTransaction transaction, KvPair pair)
    {
        var kv = transaction.Kv;
        var tombstone = KvState.Probe(pair.Key) with { ModifyIndex = transaction.Index };
        transaction.Kv = kv with
        {
            Index = transaction.Index,
            Pairs = kv.Pairs.Remove(pair),
            Tombstones = kv.Tombstones.Remove(tombstone).Add(tombstone),
        };
        transaction.Touch(Topic.Key(pair.Key));
    }
}
