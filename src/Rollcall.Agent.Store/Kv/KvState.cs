using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Kv;

/// <summary>Keys and values, and what is left of deleted ones. Immutable.</summary>
public sealed record KvState
{
    public static readonly KvState Empty = new();

    private KvState()
    {
    }

    /// <summary>Last commit that put or deleted a key.</summary>
    public ulong Index { get; init; }

    /// <summary>Last commit that deleted a key.</summary>
    internal ulong DeletionIndex { get; init; }

    internal KvTree Pairs { get; init; } = KvTree.Empty;

    /// <summary>Deleted keys, with the deleting commit as ModifyIndex: a prefix must not lose index when it loses keys.</summary>
    internal KvTree Tombstones { get; init; } = KvTree.Empty;

    /// <summary>
    /// What is left of tombstones that were dropped: for each folder that keys were deleted in, the newest of those, as its ModifyIndex; a key that is in no
    /// folder stands for itself. So no index goes backwards, and only those of prefixes that the keys may have been below stay high.
    /// </summary>
    internal KvTree Reaped { get; init; } = KvTree.Empty;

    /// <summary>The newest deletion of which nothing is left: from then on no prefix shows less.</summary>
    internal ulong ForgottenIndex { get; init; }

    /// <summary>Of how many folders it is remembered that keys were deleted in them long ago.</summary>
    internal int ReapedCount => Reaped.Count;

    /// <summary>How many deleted keys are remembered.</summary>
    public int TombstoneCount => Tombstones.Count;

    /// <summary>How many keys there are.</summary>
    public int Count => Pairs.Count;

    public KvPair? Find(string key) => Pairs.Find(key);

    /// <summary>The pairs whose key begins with a prefix, in order.</summary>
    public IEnumerable<KvPair> List(string prefix) => Pairs.Range(prefix);

    /// <summary>The restore that these keys came with: it may have put keys in the place of others that had a higher index. After a start on a file that does not say: the last commit before it.</summary>
    internal ulong RestoredIndex { get; init; }

    /// <summary>What a query for one key waits on: the key's own index or that of its restore, or that of all keys if it does not exist.</summary>
    public ulong KeyIndex(string key) => Find(key) is { } pair ? Math.Max(pair.ModifyIndex, RestoredIndex) : Index;

    /// <summary>The same for who asks with an index: who has the key's own has seen it as it is, and would else be answered at once again and again.</summary>
    public ulong KeyIndex(string key, ulong seen) => seen > 0 && Find(key)?.ModifyIndex == seen ? seen : KeyIndex(key);

    /// <summary>What a query for a prefix waits on. Linear in the keys under it.</summary>
    public ulong PrefixIndex(string prefix)
    {
        if (prefix.Length == 0)
        {
            return Index;
        }

        var index = Math.Max(Newest(Pairs.Range(prefix)), Math.Max(Newest(Tombstones.Range(prefix)), Newest(Reaped.Range(prefix))));
        if (index == 0)
        {
            // Of a prefix that never held a key, or whose keys were forgotten, only the index of all keys is known.
            return Index;
        }

        // A folder above it may have had the deleted key below it.
        for (var slash = prefix.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = prefix.IndexOf('/', slash + 1))
        {
            if (Reaped.Find(prefix[..(slash + 1)]) is { } folder)
            {
                index = Math.Max(index, folder.ModifyIndex);
            }
        }

        return Math.Max(index, ForgottenIndex);
    }

    /// <summary>The folder of a key, or the key if it is in none.</summary>
    internal static string FolderOf(string key) => key[..(key.LastIndexOf('/') is var slash and >= 0 ? slash + 1 : key.Length)];

    private static ulong Newest(IEnumerable<KvPair> pairs)
    {
        ulong index = 0;
        foreach (var pair in pairs)
        {
            index = Math.Max(index, pair.ModifyIndex);
        }

        return index;
    }
}
