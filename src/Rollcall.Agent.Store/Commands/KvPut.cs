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
        var writer = transaction.KvWriter;
        return (Cas is { } cas ? writer.PutIf(Key, Value, Flags, cas) : writer.Put(Key, Value, Flags)) is not null;
    }
}
