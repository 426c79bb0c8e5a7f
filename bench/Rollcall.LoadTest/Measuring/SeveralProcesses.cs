using System.Globalization;
using System.Text.Json;

namespace Rollcall.LoadTest.Measuring;

/// <summary>
/// Runs one comparison in several processes of this program, one after another. What the JIT makes of a process's first calls stays with it, and makes one
/// contender up to a few percent faster or slower than the other for as long as it lives: no number of rounds takes that away, but other processes do.
/// </summary>
internal static class SeveralProcesses
{
    /// <param name="count">How many.</param>
    /// <param name="arguments">What each is to do; the last line that it prints is one JSON object of figures.</param>
    /// <param name="cancel">Ends it, with the process that runs.</param>
    /// <returns>The median of each figure over the processes.</returns>
    /// <exception cref="InvalidOperationException">A process failed, or printed no figures.</exception>
    public static async Task<Dictionary<string, double>> MediansAsync(int count, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var figures = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        for (var number = 1; number <= count; number++)
        {
            using var process = ServerProcess.StartSelf(arguments);
            var last = await process.ReadLastLineAsync(cancel);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"process {number}: {last}"));
            foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, double>>(last)!)
            {
                (figures.TryGetValue(name, out var values) ? values : figures[name] = []).Add(value);
            }
        }

        var medians = figures.ToDictionary(f => f.Key, f => Math.Round(Statistics.Median(f.Value), 3), StringComparer.Ordinal);
        foreach (var (name, values) in figures)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-20} {medians[name],9:F3}, from {values.Min():F3} to {values.Max():F3}"));
        }

        return medians;
    }
}
