namespace Rollcall.Agent.Store.Commands;

/// <summary>Forgets keys that were deleted up to an index. Visible to nobody, except that prefixes then show at least that index.</summary>
public sealed record KvReapTombstones(ulong UpToIndex) : Command<int>
{
    internal override int Apply(StoreTransaction transaction)
    {
        var kv = transaction.Kv;
        var old = kv.Tombstones.Where(tombstone => tombstone.ModifyIndex <= UpToIndex).ToList();
        if (old.Count > 0)
        {
            transaction.Kv = kv with
            {
                Tombstones = kv.Tombstones.Except(old),
                ReapedIndex = Math.Max(kv.ReapedIndex, old.Max(tombstone => tombstone.ModifyIndex)),
            };
        }

        return old.Count;
    }
}
