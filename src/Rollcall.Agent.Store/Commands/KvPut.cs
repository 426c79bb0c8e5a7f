using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Puts a key. False if the compare-and-set did not hold. The same value and flags again change nothing.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; the store keeps the array.</param>
/// <param name="Flags">64 bits that belong to the user.</param>
/// <param name="Cas">Null: put anyway. 0: only if the key does not exist. Else: only if this is its ModifyIndex.</param>
public sealed record KvPut(string Key, byte[] Value, ulong Flags, ulong? Cas) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        var kv = transaction.Kv;
        var old = kv.Find(Key);
        if (Cas is { } cas && (old?.ModifyIndex ?? 0) != cas)
        {
            return false;
        }

        if (old is not null && old.Flags == Flags && old.Value.AsSpan().SequenceEqual(Value))
        {
            return true;
        }

        var pair = new KvPair
        {
            Key = Key,
            Flags = Flags,
            Value = Value.Length == 0 ? null : Value,
            LockIndex = old?.LockIndex ?? 0,
            Session = old?.Session,
            CreateIndex = old?.CreateIndex ?? transaction.Index,
            ModifyIndex = transaction.Index,
        };

        // A set keeps an equal element, so the old one has to go first.
        var pairs = old is null ? kv.Pairs : kv.Pairs.Remove(old);
        transaction.Kv = kv with { Index = transaction.Index, Pairs = pairs.Add(pair) };
        transaction.Touch(Topic.Key(Key));
        return true;
    }
}
