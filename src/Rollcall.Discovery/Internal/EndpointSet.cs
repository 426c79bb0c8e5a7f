using System.Collections.Immutable;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery.Internal;

/// <summary>Order and comparison of endpoint lists.</summary>
internal static class EndpointSet
{
    /// <summary>
    /// Brings a source's answer into the order of snapshots, without exact duplicates, and keeps the objects of endpoints that did not
    /// change, so that the result is <paramref name="previous"/> itself when nothing did.
    /// </summary>
    public static ImmutableArray<Endpoint> Arrange(ImmutableArray<Endpoint> answer, ImmutableArray<Endpoint> previous, bool keepOrder)
    {
        var known = new Dictionary<Endpoint, Endpoint>(previous.Length);
        foreach (var endpoint in previous)
        {
            known.TryAdd(endpoint, endpoint);
        }

        var seen = new HashSet<Endpoint>(answer.Length);
        var arranged = new List<Endpoint>(answer.Length);
        foreach (var endpoint in answer)
        {
            if (seen.Add(endpoint))
            {
                arranged.Add(known.TryGetValue(endpoint, out var old) && old.HasSameDetails(endpoint) ? old : endpoint);
            }
        }
        if (!keepOrder)
        {
            arranged.Sort(static (a, b) => Compare(a, b));
        }

        return Same(arranged, previous) ? previous : [.. arranged];
    }

    /// <summary>
    /// The endpoints that are selected, in their order, each once: instances may share one of their ports. <paramref name="previous"/> itself when it
    /// holds the same.
    /// </summary>
    public static ImmutableArray<Endpoint> Where(ImmutableArray<Endpoint> all, ImmutableArray<Endpoint> previous, EndpointSelector selector)
    {
        var matching = all.Where(selector.Matches);
        List<Endpoint> selected = [.. selector.Port is { } port ? matching.Select(endpoint => endpoint.At(port)!).Distinct() : matching];
        return Same(selected, previous) ? previous : selected.Count == all.Length && selector.Port is null ? all : [.. selected];
    }

    /// <summary>The new list, and whatever of the old one is not in it.</summary>
    public static ImmutableArray<Endpoint> Union(ImmutableArray<Endpoint> current, ImmutableArray<Endpoint> old)
    {
        var present = new HashSet<Endpoint>(current);
        return current.AddRange(old.Where(e => !present.Contains(e)));
    }

    /// <summary>What came, what went, and what stayed with other details.</summary>
    public static (ImmutableArray<Endpoint> Added, ImmutableArray<Endpoint> Removed, ImmutableArray<Endpoint> Updated) Difference(
        ImmutableArray<Endpoint> before, ImmutableArray<Endpoint> now)
    {
        var old = before.ToDictionary(static e => e);
        var present = new HashSet<Endpoint>(now);
        return (
            [.. now.Where(e => !old.ContainsKey(e))],
            [.. before.Where(e => !present.Contains(e))],
            [.. now.Where(e => old.TryGetValue(e, out var same) && !ReferenceEquals(same, e))]);
    }

    private static bool Same(List<Endpoint> a, ImmutableArray<Endpoint> b)
    {
        if (a.Count != b.Length)
        {
            return false;
        }

        for (var i = 0; i < b.Length; i++)
        {
            if (!ReferenceEquals(a[i], b[i]))
            {
                return false;
            }
        }
        return true;
    }

    private static int Compare(Endpoint a, Endpoint b)
    {
        // Ids are unique on one node only: two nodes may use the same one.
        var byId = string.CompareOrdinal(a.Id, b.Id);
        if (byId != 0)
        {
            return byId;
        }

        var byHost = string.CompareOrdinal(a.Host, b.Host);
        return byHost != 0 ? byHost : a.Port.CompareTo(b.Port);
    }
}
