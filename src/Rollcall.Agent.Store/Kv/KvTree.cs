using System.Collections;
using System.Diagnostics;
using System.Numerics;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Kv;

/// <summary>
/// Pairs in the order of their keys, each key once. Immutable: a change gives another tree, which shares with this one all but the way to what was changed.
/// </summary>
/// <remarks>
/// An AVL tree (Adelson-Velsky and Landis, 1962). .NET's own sets can't put one pair in the place of another but by two changes, and its dictionaries can't begin
/// in their middle, as each list of a prefix does.
/// </remarks>
internal sealed class KvTree : IReadOnlyCollection<KvPair>
{
    public static readonly KvTree Empty = new(null, 0);

    private readonly Node? _root;

    private KvTree(Node? root, int count) => (_root, Count) = (root, count);

    public int Count { get; }

    /// <summary>How many pairs are on the longest way from the root.</summary>
    internal int Height => Node.HeightOf(_root);

    public KvPair? Find(string key)
    {
        var node = _root;
        while (node is not null)
        {
            var order = KvKeyComparer.CompareKeys(key, node.Pair.Key);
            if (order == 0)
            {
                return node.Pair;
            }

            node = order < 0 ? node.Left : node.Right;
        }

        return null;
    }

    /// <summary>With a pair, in the place of the one with its key if there is one.</summary>
    public KvTree Set(KvPair pair)
    {
        var isNew = false;
        var root = Set(_root, pair, ref isNew);
        return new(root, isNew ? Count + 1 : Count);
    }

    /// <summary>With pairs, in the places of those with their keys. Each key once.</summary>
    public KvTree SetAll(IReadOnlyCollection<KvPair> pairs) =>
        IsMany(pairs.Count) ? Merge(pairs, keepsPairs: true) : pairs.Aggregate(this, static (tree, pair) => tree.Set(pair));

    /// <summary>Without a key, if there is such a one.</summary>
    public KvTree Remove(string key)
    {
        var wasThere = false;
        var root = Remove(_root, key, ref wasThere);
        return wasThere ? new(root, Count - 1) : this;
    }

    /// <summary>Without the keys of pairs.</summary>
    public KvTree RemoveAll(IReadOnlyCollection<KvPair> pairs) =>
        IsMany(pairs.Count) ? Merge(pairs, keepsPairs: false) : pairs.Aggregate(this, static (tree, pair) => tree.Remove(pair.Key));

    /// <summary>The pairs whose keys begin with a prefix, in order.</summary>
    public IEnumerable<KvPair> Range(string prefix)
    {
        // What is still to come: each node's pair and what is right of it.
        var ahead = new Stack<Node>();
        for (var node = _root; node is not null;)
        {
            if (KvKeyComparer.CompareKeys(node.Pair.Key, prefix) < 0)
            {
                node = node.Right;
            }
            else
            {
                ahead.Push(node);
                node = node.Left;
            }
        }

        while (ahead.TryPop(out var next) && next.Pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        {
            yield return next.Pair;
            for (var node = next.Right; node is not null; node = node.Left)
            {
                ahead.Push(node);
            }
        }
    }

    public IEnumerator<KvPair> GetEnumerator() => Range("").GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // All of this tree whose keys are not among the pairs', and the pairs if they are to be kept.
    private KvTree Merge(IReadOnlyCollection<KvPair> pairs, bool keepsPairs)
    {
        KvPair[] sorted = [.. pairs];
        Array.Sort(sorted, KvKeyComparer.Instance);
        var all = new List<KvPair>(keepsPairs ? Count + sorted.Length : Math.Max(Count - sorted.Length, 0));
        var next = 0;
        foreach (var mine in this)
        {
            var order = 1;
            for (; next < sorted.Length && (order = KvKeyComparer.CompareKeys(sorted[next].Key, mine.Key)) < 0; next++)
            {
                Keep(sorted[next]);
            }

            if (next == sorted.Length || order > 0)
            {
                all.Add(mine);
            }
        }

        for (; next < sorted.Length; next++)
        {
            Keep(sorted[next]);
        }

        return new(Build(all, 0, all.Count), all.Count);

        void Keep(KvPair pair)
        {
            if (keepsPairs)
            {
                all.Add(pair);
            }
        }
    }

    private static Node? Build(List<KvPair> sorted, int from, int to)
    {
        if (from == to)
        {
            return null;
        }

        var middle = (from + to) / 2;
        return new(sorted[middle], Build(sorted, from, middle), Build(sorted, middle + 1, to));
    }

    private static Node Set(Node? node, KvPair pair, ref bool isNew)
    {
        if (node is null)
        {
            isNew = true;
            return new(pair, null, null);
        }

        var order = KvKeyComparer.CompareKeys(pair.Key, node.Pair.Key);
        return order == 0 ? new(pair, node.Left, node.Right)
            : order < 0 ? Balanced(node.Pair, Set(node.Left, pair, ref isNew), node.Right)
            : Balanced(node.Pair, node.Left, Set(node.Right, pair, ref isNew));
    }

    private static Node? Remove(Node? node, string key, ref bool wasThere)
    {
        if (node is null)
        {
            return null;
        }

        var order = KvKeyComparer.CompareKeys(key, node.Pair.Key);
        if (order == 0)
        {
            wasThere = true;
            return node.Left is null ? node.Right
                : node.Right is null ? node.Left
                : Balanced(First(node.Right), node.Left, WithoutFirst(node.Right));
        }

        var (left, right) = order < 0 ? (Remove(node.Left, key, ref wasThere), node.Right) : (node.Left, Remove(node.Right, key, ref wasThere));
        return wasThere ? Balanced(node.Pair, left, right) : node;
    }

    private static KvPair First(Node node) => node.Left is null ? node.Pair : First(node.Left);

    private static Node? WithoutFirst(Node node) => node.Left is null ? node.Right : Balanced(node.Pair, WithoutFirst(node.Left), node.Right);

    // Of subtrees whose heights differ by two at most, as one change leaves them.
    private static Node Balanced(KvPair pair, Node? left, Node? right)
    {
        var lean = Node.HeightOf(left) - Node.HeightOf(right);
        Debug.Assert(lean is >= -2 and <= 2);
        if (lean > 1)
        {
            var (outer, inner) = (left!.Left, left.Right);
            return Node.HeightOf(outer) >= Node.HeightOf(inner)
                ? new(left.Pair, outer, new(pair, inner, right))
                : new(inner!.Pair, new(left.Pair, outer, inner.Left), new(pair, inner.Right, right));
        }

        if (lean < -1)
        {
            var (inner, outer) = (right!.Left, right.Right);
            return Node.HeightOf(outer) >= Node.HeightOf(inner)
                ? new(right.Pair, new(pair, left, inner), outer)
                : new(inner!.Pair, new(pair, left, inner.Left), new(right.Pair, inner.Right, outer));
        }

        return new(pair, left, right);
    }

    // By one, each is a way of the tree's height; together, all pairs once.
    private bool IsMany(int count) => (long)count * BitOperations.Log2((uint)(Count + count)) > Count + count;

    private sealed class Node(KvPair pair, Node? left, Node? right)
    {
        private readonly int _height = Math.Max(HeightOf(left), HeightOf(right)) + 1;

        public KvPair Pair { get; } = pair;

        public Node? Left { get; } = left;

        public Node? Right { get; } = right;

        public static int HeightOf(Node? node) => node?._height ?? 0;
    }
}
