using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Kv;

/// <summary>
/// Orders keys as their UTF-8 bytes would: Consul's order. UTF-16 differs from it only where a surrogate meets a character above U+DFFF.
/// </summary>
internal sealed class KvKeyComparer : IComparer<KvPair>
{
    public static readonly KvKeyComparer Instance = new();

    public int Compare(KvPair? x, KvPair? y) => CompareKeys(x!.Key, y!.Key);

    // Surrogates stand for characters above U+FFFF, so they go behind everything else.
    private static int Weight(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;

    public static int CompareKeys(string x, string y)
    {
        var common = x.AsSpan().CommonPrefixLength(y);
        if (common == x.Length || common == y.Length)
        {
            return x.Length - y.Length;
        }

        char a = x[common], b = y[common];
        return Weight(a) - Weight(b);
    }
}
