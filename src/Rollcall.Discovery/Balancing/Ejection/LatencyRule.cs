using System.Globalization;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>The rule on latency: the median of an endpoint against the median of the others' medians.</summary>
internal static class LatencyRule
{
    /// <returns>The worst first.</returns>
    public static IReadOnlyList<Outlier> Find(ReadOnlySpan<IntervalRecord> records, LatencyEjectionOptions options)
    {
        var medians = new List<(int Member, TimeSpan Median)>();
        for (var i = 0; i < records.Length; i++)
        {
            if (records[i].Timed >= options.RequestVolume)
            {
                medians.Add((i, records[i].Median));
            }
        }

        if (medians.Count < options.MinimumHosts)
        {
            return [];
        }

        medians.Sort(static (a, b) => b.Median.CompareTo(a.Median));
        var found = new List<Outlier>();
        for (var i = 0; i < medians.Count; i++)
        {
            var (member, median) = medians[i];
            var others = MedianWithout(medians, i);
            if (median <= options.Factor * others || median - others < options.MinimumExcess)
            {
                // What follows is faster, and its others are no faster.
                break;
            }

            found.Add(new Outlier(member, string.Create(
                CultureInfo.InvariantCulture,
                $"half of its calls took {median.TotalMilliseconds:0.#} ms or more, of the others' {others.TotalMilliseconds:0.#} ms")));
        }

        return found;
    }

    /// <summary>The median of a sorted list without one of its members; of an even number the mean of the middle two.</summary>
    private static TimeSpan MedianWithout(List<(int Member, TimeSpan Median)> sorted, int excluded)
    {
        var count = sorted.Count - 1;
        return (At((count - 1) / 2) + At(count / 2)) / 2;

        TimeSpan At(int index) => sorted[index < excluded ? index : index + 1].Median;
    }
}
