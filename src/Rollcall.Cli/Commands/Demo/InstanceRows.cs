using System.Globalization;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>The instances of a run as rows of text, the same in the live table and at the end.</summary>
internal static class InstanceRows
{
    public static string[] Heads => ["Instance", "State", "Calls", "Share", "p50 ms", "p99 ms"];

    public static IEnumerable<string[]> Of(DemoTally tally)
    {
        var all = Math.Max(1, tally.Calls);
        return tally.Instances.Select(instance => new[]
        {
            instance.Id,
            instance.State.ToString().ToLowerInvariant(),
            Text($"{instance.Calls}"),
            Text($"{100.0 * instance.Calls / all:0.0} %"),
            Latency(instance, 0.5),
            Latency(instance, 0.99),
        });
    }

    // Nothing was measured where nothing was answered.
    private static string Latency(InstanceTally instance, double part) =>
        instance.Calls == 0 ? "-" : Text($"{instance.Latency.Percentile(part).TotalMilliseconds:0.0}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
