using System.Globalization;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>The failure percentage rule of gRFC A50.</summary>
internal static class FailurePercentageRule
{
    /// <returns>The worst first.</returns>
    public static IReadOnlyList<Outlier> Find(ReadOnlySpan<IntervalRecord> records, FailurePercentageEjectionOptions options)
    {
        var hosts = 0;
        var found = new List<(int Member, double Percent, int Calls)>();
        for (var i = 0; i < records.Length; i++)
        {
            if (records[i].Calls < options.RequestVolume)
            {
                continue;
            }

            hosts++;
            var percent = 100.0 * records[i].Failures / records[i].Calls;
            if (percent > options.Threshold)
            {
                found.Add((i, percent, records[i].Calls));
            }
        }

        return hosts < options.MinimumHosts
            ? []
            :
            [
                .. found.OrderByDescending(static f => f.Percent).Select(static f => new Outlier(
                    f.Member, string.Create(CultureInfo.InvariantCulture, $"{f.Percent:0} % of its {f.Calls} calls failed"))),
            ];
    }
}
