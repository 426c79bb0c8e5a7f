using Rollcall.Agent.Store.Kv;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests.Kv;

public sealed class KvTreeTests
{
    // Characters whose order differs between UTF-8 and UTF-16, and keys that are prefixes of others.
    private static readonly string[] s_parts = ["a", "b", "a/", "/", "", "\uFFFD", "\U0001F600", "é", "ab"];

    [Fact]
    public void GeneratedChanges_LeaveWhatASortedDictionaryHas()
    {
        var random = new Random(7);
        for (var run = 0; run < 60; run++)
        {
            var tree = KvTree.Empty;
            var expected = new SortedDictionary<string, KvPair>(Comparer<string>.Create(KvKeyComparer.CompareKeys));
            for (var step = 0; step < 120; step++)
            {
                var before = tree;
                var had = expected.Values.ToList();
                Change(random, ref tree, expected, (ulong)step);

                Assert.Equal(expected.Values, tree);
                Assert.Equal(expected.Count, tree.Count);
                Assert.Equal(had, before);
                AssertBalanced(tree);
                var prefix = Key(random);
                Assert.Equal(expected.Values.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)), tree.Range(prefix));
                var key = Key(random);
                Assert.Equal(expected.GetValueOrDefault(key), tree.Find(key));
            }
        }
    }

    [Fact]
    public void AscendingKeysThatComeAndGo_LeaveItBalanced()
    {
        var tree = KvTree.Empty;
        for (var i = 0; i < 5000; i++)
        {
            tree = tree.Set(new KvPair { Key = $"k{i:D5}" });
        }

        AssertBalanced(tree);
        for (var i = 0; i < 4900; i++)
        {
            tree = Without(tree, $"k{i:D5}");
        }

        AssertBalanced(tree);
        Assert.Equal(100, tree.Count);
        Assert.Equal(10, tree.Range("k0495").Count());
    }

    // Who writes meanwhile waits for it, and the size of all that stays is nothing to it.
    [Fact]
    public void FolderThatIsDeletedOrPutAnew_CostsWhatItHoldsAndNotWhatStays()
    {
        const int Inside = 1000;
        var tree = KvTree.Empty.SetAll([.. Enumerable.Range(0, 30 * Inside).Select(static i => new KvPair { Key = $"f{i / Inside:D2}/{i % Inside:D4}" })]);
        var folder = tree.Range("f07/").ToList();

        var before = GC.GetAllocatedBytesForCurrentThread();
        var without = tree.RemoveAll(folder);
        var deleted = GC.GetAllocatedBytesForCurrentThread();
        var with = without.SetAll(folder);
        var put = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(29 * Inside, without.Count);
        Assert.Equal(tree, with);
        AssertBalanced(without);
        AssertBalanced(with);
        Assert.InRange((deleted - before) / Inside, 0, 40);
        Assert.InRange((put - deleted) / Inside, 0, 100);
    }

    [Fact]
    public void KeyThatIsNotThere_ChangesNothing()
    {
        var tree = KvTree.Empty.Set(new KvPair { Key = "a" });

        Assert.Same(tree, Without(tree, "b"));
    }

    private static void Change(Random random, ref KvTree tree, SortedDictionary<string, KvPair> expected, ulong index)
    {
        switch (random.Next(6))
        {
            case 0:
            case 1:
            case 2:
                var pair = new KvPair { Key = Key(random), ModifyIndex = index };
                tree = tree.Set(pair);
                expected[pair.Key] = pair;
                break;
            case 3:
                var gone = Key(random);
                tree = Without(tree, gone);
                expected.Remove(gone);
                break;
            case 4:
                var pairs = Some(random).ConvertAll(key => new KvPair { Key = key, ModifyIndex = index });
                tree = tree.SetAll(pairs);
                pairs.ForEach(added => expected[added.Key] = added);
                break;
            default:
                var keys = Some(random);
                tree = tree.RemoveAll(keys.ConvertAll(static key => new KvPair { Key = key }));
                keys.ForEach(key => expected.Remove(key));
                break;
        }
    }

    private static KvTree Without(KvTree tree, string key) => tree.RemoveAll([new KvPair { Key = key }]);

    // From none to more than the tree has, each once.
    private static List<string> Some(Random random) => [.. Enumerable.Range(0, random.Next(random.Next(2) == 0 ? 3 : 60)).Select(_ => Key(random)).Distinct(StringComparer.Ordinal)];

    private static string Key(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => s_parts[random.Next(s_parts.Length)]));

    // No AVL tree is higher.
    private static void AssertBalanced(KvTree tree) => Assert.InRange(tree.Height, 0, 1.4405 * Math.Log2(tree.Count + 2));
}
