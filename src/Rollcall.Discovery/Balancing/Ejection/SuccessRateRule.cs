using System.Globalization;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>The success rate rule of gRFC A50.</summary>
internal static class SuccessRateRule
{
    /// <returns>The worst first.</returns>
    public static IReadOnlyList<Outlier> Find(ReadOnlySpan<IntervalRecord> records, SuccessRateEjectionOptions options)
    {
        var rates = new List<(int Member, double Rate)>();
        for (var i = 0; i < records.Length; i++)
        {
            if (records[i].Calls >= options.RequestVolume)
            {
                rates.Add((i, records[i].SuccessRate));
            }
        }

        if (rates.Count < options.MinimumHosts)
        {
            return [];
        }

        var mean = rates.Average(static r => r.Rate);
        var deviation = Math.Sqrt(rates.Average(r => (r.Rate - mean) * (r.Rate - mean)));
        var threshold = mean - (options.StdevFactor * deviation);
        return
        [
            .. rates.Where(r => r.Rate < threshold).OrderBy(static r => r.Rate).Select(r => new Outlier(
                r.Member,
                string.Create(CultureInfo.InvariantCulture, $"{r.Rate:0.0 %} of its calls succeeded, {mean:0.0 %} of all"))),
        ];
    }
}
