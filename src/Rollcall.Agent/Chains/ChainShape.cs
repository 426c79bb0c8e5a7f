using System.Globalization;

namespace Rollcall.Agent.Chains;

/// <summary>The nodes of a chain as a graph.</summary>
/// <param name="nodes">By key; splitters that lead to splitters are replaced.</param>
internal sealed class ChainShape(Dictionary<string, ChainNode> nodes)
{
    /// <summary>How many shares a chain may have: splitters after splitters multiply.</summary>
    public const int MostSplits = 10_000;

    /// <summary>The first way that comes back to where it was, in Consul's order: of several ways on, the last one is gone first. Null: there is none.</summary>
    public string? CircleFrom(string start)
    {
        var (way, done) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        return Circle(start, way, done) ? $"detected circular reference: [{string.Join(" -> ", way)}]" : null;
    }

    /// <summary>Lets no splitter lead to another one.</summary>
    /// <returns>Null, or why that can't be.</returns>
    public string? Flatten()
    {
        var (flat, splits) = (new HashSet<string>(StringComparer.Ordinal), 0);
        foreach (var splitter in nodes.Values.OfType<ChainSplitter>().ToList())
        {
            Flatten(splitter, flat, ref splits);
        }

        return splits <= MostSplits ? null
            : string.Create(CultureInfo.InvariantCulture, $"splitters that lead to splitters make more than {MostSplits} splits of this discovery chain: let fewer follow each other");
    }

    /// <summary>The nodes that calls can come to.</summary>
    public SortedDictionary<string, ChainNode> ReachedFrom(string start)
    {
        var reached = new SortedDictionary<string, ChainNode>(StringComparer.Ordinal);
        var next = new Stack<string>([start]);
        while (next.TryPop(out var key))
        {
            if (reached.TryAdd(key, nodes[key]))
            {
                foreach (var further in nodes[key].Next)
                {
                    next.Push(further);
                }
            }
        }

        return reached;
    }

    // No deeper than splitters may be nested.
    private bool Circle(string key, List<string> way, HashSet<string> done)
    {
        if (done.Contains(key))
        {
            return false;
        }

        var seen = way.Contains(key);
        way.Add(key);
        if (seen || nodes[key].Next.Reverse().Any(next => Circle(next, way, done)))
        {
            return true;
        }

        way.RemoveAt(way.Count - 1);
        done.Add(key);
        return false;
    }

    private ChainSplitter Flatten(ChainSplitter splitter, HashSet<string> flat, ref int count)
    {
        if (!flat.Add(splitter.Key))
        {
            return (ChainSplitter)nodes[splitter.Key];
        }

        var splits = new List<ChainSplit>();
        foreach (var split in splitter.Splits)
        {
            if (nodes[split.Next] is not ChainSplitter inner)
            {
                splits.Add(split);
                continue;
            }

            foreach (var part in Flatten(inner, flat, ref count).Splits.TakeWhile(_ => splits.Count <= MostSplits))
            {
                splits.Add(new ChainSplit(Hundredth(split.Weight * part.Weight / 100), part.Next));
            }
        }

        count += splits.Count;
        var result = splitter with { Splits = splits };
        nodes[splitter.Key] = result;
        return result;
    }

    private static float Hundredth(float weight) => (float)Math.Round(weight * 100f, MidpointRounding.AwayFromZero) / 100f;
}
