using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Txn;

/// <summary>A step on a key, or on a tree of keys.</summary>
public sealed record KvOperation(string Verb, string Key, byte[]? Value, ulong Flags, ulong Index, string Session) : TxnOperation(Verb)
{
    private const string Lock = "lock";
    private const string DeleteTree = "delete-tree";
    private const string GetTree = "get-tree";

    /// <inheritdoc/>
    public override bool Writes => Verb is Set or Cas or Delete or DeleteCas or DeleteTree or Lock or "unlock";

    /// <inheritdoc/>
    public override bool MayBeLong => Verb is DeleteTree or GetTree;

    internal override string? Check(StoreTransaction transaction) =>
        Key.Length == 0 && Verb != DeleteTree ? "Must provide key"
        : Verb == Lock && transaction.IsLockDelayed(Key) ? $"failed to lock key \"{Key}\" due to lock delay"
        : null;

    internal override string? Apply(StoreTransaction transaction, List<TxnResult> results)
    {
        var writer = transaction.KvWriter;
        string? fault;
        switch (Verb)
        {
            case Set:
                return Show(writer.Put(Key, Value, Flags), results, "");
            case Cas:
                return Show(writer.PutIf(Key, Value, Flags, Index), results, $"failed to set key \"{Key}\", index is stale");
            case Delete:
                writer.Delete(Key);
                return null;
            case DeleteCas:
                return writer.DeleteIf(Key, Index) ? null : $"failed to delete key \"{Key}\", index is stale";
            case DeleteTree:
                writer.DeleteTree(Key);
                return null;
            case Lock:
                return Show(writer.Lock(Key, Value, Flags, Session, out fault), results, fault ?? $"failed to lock key \"{Key}\", lock is already held");
            case "unlock":
                return Show(
                    writer.Unlock(Key, Value, Flags, Session, out fault),
                    results,
                    fault ?? $"failed to unlock key \"{Key}\", lock isn't held, or is held by another session");
            default:
                return Read(transaction, results);
        }
    }

    private string? Read(StoreTransaction transaction, List<TxnResult> results)
    {
        var pair = transaction.Kv.Find(Key);
        switch (Verb)
        {
            case Get:
                if (pair is not null)
                {
                    results.Add(new TxnResult(pair));
                }

                return pair is null ? $"key \"{Key}\" doesn't exist" : null;
            case GetTree:
                results.AddRange(transaction.Kv.List(Key).Select(static found => new TxnResult(found)));
                return null;
            case "check-session" when pair is null:
                return $"failed to check session, key \"{Key}\" doesn't exist";
            case "check-session":
                var holder = pair.Session ?? "";
                return Show(holder == Session ? pair : null, results, $"failed session check for key \"{Key}\", current session \"{holder}\" != \"{Session}\"");
            case "check-index" when pair is null:
                return $"failed to check index, key \"{Key}\" doesn't exist";
            case "check-index":
                return Show(
                    pair.ModifyIndex == Index ? pair : null, results, $"failed index check for key \"{Key}\", current modify index {pair.ModifyIndex} != {Index}");
            case "check-not-exists":
                return pair is null ? null : $"key \"{Key}\" exists";
            default:
                return $"unknown KV verb \"{Verb}\"";
        }
    }

    // Who wrote a value knows it.
    private static string? Show(KvPair? pair, List<TxnResult> results, string fault)
    {
        if (pair is null)
        {
            return fault;
        }

        results.Add(new TxnResult(pair with { Value = null }));
        return null;
    }
}
