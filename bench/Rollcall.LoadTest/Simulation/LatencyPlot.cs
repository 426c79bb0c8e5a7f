using System.Globalization;
using System.Text;

namespace Rollcall.LoadTest.Simulation;

/// <summary>Draws the 99th percentiles of the policies beside each other, for the documentation.</summary>
internal static class LatencyPlot
{
    // From what is read in the table as "diverges".
    private const double Diverged = 1000;
    private const double Lowest = 10;
    private const int Left = 170;
    private const int Top = 56;
    private const int Row = 20;
    private const int Width = 170;
    private const int Gap = 34;

    private static readonly (int Slow, string Title)[] s_panels = [(0, "none slow"), (1, "1 of 10 slow"), (5, "5 of 10 slow")];

    public static async Task<string> DrawAsync(int calls, int seed)
    {
        var names = SimulatedPolicies.All.Where(static policy => policy.Name is not ("pick_first" or "ip_hash" or "ip_hash_bounded" or "shared_round_robin")).ToList();
        var height = Top + (names.Count * Row) + 34;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Left + (s_panels.Length * (Width + Gap))}" height="{height}" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            <text x="10" y="18" font-size="14">99th percentile of the latency in ms, 10 servers at 50 % load, slow ones 10 times as slow</text>

            """);
        for (var row = 0; row < names.Count; row++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{Top + (row * Row) + 14}\" text-anchor=\"end\">{names[row].Name}</text>\n");
        }

        for (var panel = 0; panel < s_panels.Length; panel++)
        {
            var left = Left + (panel * (Width + Gap));
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"{Top - 12}\" font-weight=\"bold\">{s_panels[panel].Title}</text>\n");
            foreach (var tick in (int[])[10, 100, 1000])
            {
                svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{left + Length(tick)}\" x2=\"{left + Length(tick)}\" y1=\"{Top - 4}\" y2=\"{height - 26}\" stroke=\"#ccc\"/>\n");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left + Length(tick)}\" y=\"{height - 10}\" text-anchor=\"middle\" fill=\"#666\">{tick}</text>\n");
            }

            for (var row = 0; row < names.Count; row++)
            {
                var result = await PolicySimulation.RunAsync(
                    names[row].Name, names[row].Create, new SimulationSettings { Slow = s_panels[panel].Slow, Calls = calls, Seed = seed });
                svg.Append(Bar(result, s_panels[panel].Slow, left, Top + (row * Row)));
            }
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string Bar(SimulationResult result, int slow, int left, int top)
    {
        var diverges = result.P99Ms > Diverged;
        var length = Length(Math.Min(result.P99Ms, Diverged));
        var label = diverges ? "diverges" : string.Create(CultureInfo.InvariantCulture, $"{result.P99Ms:0}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <rect x="{left}" y="{top + 3}" width="{length}" height="{Row - 6}" fill="{(diverges ? "#d9534f" : "#4a7fb5")}" data-policy="{result.Policy}" data-slow="{slow}" data-p99="{result.P99Ms}"/>
            <text x="{left + length - 4}" y="{top + 14}" text-anchor="end" fill="white" font-size="11">{label}</text>

            """);
    }

    private static double Length(double ms) => Math.Round(Width * Math.Log10(Math.Max(ms, Lowest) / Lowest) / Math.Log10(Diverged / Lowest), 1);
}
