using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Kv;

/// <summary>Keys and values, and what is left of deleted ones. Immutable.</summary>
public sealed record KvState
{
    // Before Empty, which is made of it.
    private static readonly ImmutableSortedSet<KvPair> s_none = ImmutableSortedSet.Create<KvPair>(KvKeyComparer.Instance);

    public static readonly KvState Empty = new();

    private KvState()
    {
    }

    /// <summary>Last commit that put or deleted a key.</summary>
    public ulong Index { get; init; }

    internal ImmutableSortedSet<KvPair> Pairs { get; init; } = s_none;

    /// <summary>Deleted keys, with the deleting commit as ModifyIndex: a prefix must not lose index when it loses keys.</summary>
    internal ImmutableSortedSet<KvPair> Tombstones { get; init; } = s_none;

    /// <summary>The newest tombstone that was dropped: from then on no prefix shows less, so no index ever goes backwards.</summary>
    internal ulong ReapedIndex { get; init; }

    /// <summary>How many deleted keys are remembered.</summary>
    public int TombstoneCount => Tombstones.Count;

    /// <summary>How many keys there are.</summary>
    public int Count => Pairs.Count;

    public KvPair? Find(string key) => Pairs.TryGetValue(Probe(key), out var pair) ? pair : null;

    /// <summary>The pairs whose key begins with a prefix, in order.</summary>
    public IEnumerable<KvPair> List(string prefix) => Range(Pairs, prefix);

    /// <summary>What a query for one key waits on: the key's own index, or that of all keys if it does not exist.</summary>
    public ulong KeyIndex(string key) => Find(key)?.ModifyIndex ?? Index;

    /// <summary>What a query for a prefix waits on. Linear in the keys under it.</summary>
    public ulong PrefixIndex(string prefix)
    {
        if (prefix.Length == 0)
        {
            return Index;
        }

        ulong index = 0;
        foreach (var pair in Range(Pairs, prefix))
        {
            index = Math.Max(index, pair.ModifyIndex);
        }

        foreach (var tombstone in Range(Tombstones, prefix))
        {
            index = Math.Max(index, tombstone.ModifyIndex);
        }

        // Of a prefix that never held a key, or whose keys were forgotten, only the index of all keys is known.
        return index == 0 ? Index : Math.Max(index, ReapedIndex);
    }

    internal static KvPair Probe(string key) => new() { Key = key };

    internal static IEnumerable<KvPair> Range(ImmutableSortedSet<KvPair> set, string prefix)
    {
        var at = set.IndexOf(Probe(prefix));
        for (var i = at < 0 ? ~at : at; i < set.Count; i++)
        {
            var pair = set[i];
            if (!pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield break;
            }

            yield return pair;
        }
    }
}
