using System.Globalization;
using System.Text;

namespace Rollcall.Agent.Metrics;

/// <summary>What was measured as lines of text, in the form in which Consul's library writes them when a signal asks for them.</summary>
internal static class MetricsText
{
    private const string Time = "yyyy-MM-dd HH:mm:ss";

    public static string Of(MetricsReader metrics)
    {
        var text = new StringBuilder();
        var (start, samples, counts) = metrics.Window();
        var window = start.UtcDateTime.ToString($"{Time} '+0000 UTC'", CultureInfo.InvariantCulture);
        foreach (var (name, value) in metrics.Gauges())
        {
            text.Append(CultureInfo.InvariantCulture, $"[{window}][G] '{name}': {value:F3}\n");
        }

        foreach (var ((name, _, value), count) in counts)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{window}][C] '{name}.{value.Replace(' ', '_').Replace(':', '_')}': {Moments(count)}\n");
        }

        foreach (var (name, sample) in samples)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{window}][S] '{name}': {Moments(sample)}\n");
        }

        return text.ToString();
    }

    /// <summary>What there is to say of one: more than count and sum only where the values differ.</summary>
    internal static string Moments(SampleWindow sample)
    {
        var updated = sample.Updated.UtcDateTime.ToString($"{Time}.FFFFFFF '+0000 UTC'", CultureInfo.InvariantCulture);
        return sample.Deviation == 0
            ? string.Create(CultureInfo.InvariantCulture, $"Count: {sample.Count} Sum: {sample.Sum:F3} LastUpdated: {updated}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Count: {sample.Count} Min: {sample.Min:F3} Mean: {sample.Mean:F3} Max: {sample.Max:F3} Stddev: {sample.Deviation:F3} Sum: {sample.Sum:F3} LastUpdated: {updated}");
    }
}
