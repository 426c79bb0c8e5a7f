using System.Text;

namespace Rollcall.Agent.Go.Expressions;

/// <summary>What <c>(?i)</c> takes for the same, as Go's <c>unicode.SimpleFold</c>: all that is linked by upper and lower case, so the Kelvin sign is a k, too.</summary>
internal static class RuneFolds
{
    // There is no case above.
    private const int LastCased = 0x1FFFF;

    private static readonly Lazy<SortedList<int, int[]>> s_orbits = new(Build);

    /// <summary>All that is the same as one of a range.</summary>
    public static IEnumerable<(int First, int Last)> Within((int First, int Last) range)
    {
        var orbits = s_orbits.Value;
        var (low, high) = (0, orbits.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = orbits.GetKeyAtIndex(middle) < range.First ? (middle + 1, high) : (low, middle);
        }

        for (; low < orbits.Count && orbits.GetKeyAtIndex(low) <= range.Last; low++)
        {
            foreach (var rune in orbits.GetValueAtIndex(low))
            {
                yield return (rune, rune);
            }
        }
    }

    private static SortedList<int, int[]> Build()
    {
        var orbits = new Dictionary<int, HashSet<int>>();
        for (var value = 0; value <= LastCased; value++)
        {
            if (Rune.TryCreate(value, out var rune))
            {
                Join(value, Rune.ToUpperInvariant(rune).Value);
                Join(value, Rune.ToLowerInvariant(rune).Value);
            }
        }

        // .NET leaves this one out, as its upper case would be ASCII.
        Join('\u017F', 's');
        return new SortedList<int, int[]>(orbits.ToDictionary(static pair => pair.Key, static pair => pair.Value.ToArray()));

        void Join(int one, int other)
        {
            if (one != other)
            {
                var both = new HashSet<int>([.. orbits.GetValueOrDefault(one) ?? [one], .. orbits.GetValueOrDefault(other) ?? [other]]);
                foreach (var member in both)
                {
                    orbits[member] = both;
                }
            }
        }
    }
}
