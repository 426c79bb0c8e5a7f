namespace Rollcall.Agent.Store.Commands;

/// <summary>Deletes a key. True also if there was none; false if the compare-and-set did not hold.</summary>
/// <param name="Key">The key.</param>
/// <param name="Cas">Null: delete anyway. Else: only if this is its ModifyIndex.</param>
public sealed record KvDelete(string Key, ulong? Cas) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        if (Cas is { } cas)
        {
            return transaction.KvWriter.DeleteIf(Key, cas);
        }

        transaction.KvWriter.Delete(Key);
        return true;
    }
}
