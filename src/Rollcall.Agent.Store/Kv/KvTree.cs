using System.Collections;
using System.Diagnostics;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Kv;

/// <summary>
/// Pairs in the order of their keys, each key once. Immutable: a change gives another tree, which shares with this one all but the way to what was changed.
/// </summary>
/// <remarks>
/// An AVL tree (Adelson-Velsky and Landis, 1962), changed in bulk by joins (Blelloch, Ferizovic and Sun, 2016). .NET's own sets can't put one pair in the place of another but by two changes, and its dictionaries can't begin
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
    public KvTree SetAll(IReadOnlyCollection<KvPair> pairs)
    {
        var met = 0;
        var root = With(_root, Sorted(pairs), ref met);
        return new(root, Count + pairs.Count - met);
    }

    /// <summary>Without the keys of pairs.</summary>
    public KvTree RemoveAll(IReadOnlyCollection<KvPair> pairs)
    {
        var met = 0;
        var root = Without(_root, Sorted(pairs), ref met);
        return met == 0 ? this : new(root, Count - met);
    }

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

    private static KvPair[] Sorted(IReadOnlyCollection<KvPair> pairs)
    {
        KvPair[] sorted = [.. pairs];
        Array.Sort(sorted, KvKeyComparer.Instance);
        return sorted;
    }

    // Only nodes that have one of the pairs below them, or take its place, are other ones: of n, for m pairs that lie together, about m.
    private static Node? With(Node? node, ReadOnlySpan<KvPair> sorted, ref int met)
    {
        if (node is null || sorted.IsEmpty)
        {
            return node ?? Build(sorted);
        }

        var (to, from) = Around(node.Pair, sorted);
        met += from - to;
        return Joined(With(node.Left, sorted[..to], ref met), from > to ? sorted[to] : node.Pair, With(node.Right, sorted[from..], ref met));
    }

    private static Node? Without(Node? node, ReadOnlySpan<KvPair> sorted, ref int met)
    {
        if (node is null || sorted.IsEmpty)
        {
            return node;
        }

        var (to, from) = Around(node.Pair, sorted);
        var left = Without(node.Left, sorted[..to], ref met);
        var right = Without(node.Right, sorted[from..], ref met);
        if (from == to)
        {
            return left == node.Left && right == node.Right ? node : Joined(left, node.Pair, right);
        }

        met++;
        return left is null ? right
            : right is null ? left
            : Joined(left, First(right), WithoutFirst(right));
    }

    /// <returns>Where those end that come before a pair, and where those begin that come behind it; between them is the one with its key, if there is one.</returns>
    private static (int To, int From) Around(KvPair pair, ReadOnlySpan<KvPair> sorted)
    {
        var at = sorted.BinarySearch(pair, KvKeyComparer.Instance);
        return at < 0 ? (~at, ~at) : (at, at + 1);
    }

    private static Node? Build(ReadOnlySpan<KvPair> sorted) =>
        sorted.IsEmpty ? null : new(sorted[sorted.Length / 2], Build(sorted[..(sorted.Length / 2)]), Build(sorted[((sorted.Length / 2) + 1)..]));

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

    private static KvPair First(Node node) => node.Left is null ? node.Pair : First(node.Left);

    private static Node? WithoutFirst(Node node) => node.Left is null ? node.Right : Balanced(node.Pair, WithoutFirst(node.Left), node.Right);

    // Of subtrees of any heights: the pair goes down the higher one to where the lower one fits.
    private static Node Joined(Node? left, KvPair pair, Node? right) => (Node.HeightOf(left) - Node.HeightOf(right)) switch
    {
        > 1 => Balanced(left!.Pair, left.Left, Joined(left.Right, pair, right)),
        < -1 => Balanced(right!.Pair, Joined(left, pair, right.Left), right.Right),
        _ => new(pair, left, right),
    };

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

    private sealed class Node(KvPair pair, Node? left, Node? right)
    {
        private readonly int _height = Math.Max(HeightOf(left), HeightOf(right)) + 1;

        public KvPair Pair { get; } = pair;

        public Node? Left { get; } = left;

        public Node? Right { get; } = right;

        public static int HeightOf(Node? node) => node?._height ?? 0;
    }
}
