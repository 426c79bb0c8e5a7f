using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Picks;

/// <summary>
/// What a pick and the end of its call cost in each policy, next to a bare atomic increment and a reading of the clock: thread CPU time, the
/// least of the rounds, in which all take turns. Every round checks its answers. With two threads only rounds count in which both ran all the time.
/// </summary>
internal static class PicksCommand
{
    private static readonly int[] s_lengths = [10, 1000, 100_000];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 15, Description = "Of which the least counts." };
        var calls = new Option<int>("--calls") { DefaultValueFactory = _ => 500_000, Description = "Picks in a round, at least." };
        var lengths = new Option<int[]>("--lengths") { DefaultValueFactory = _ => s_lengths, AllowMultipleArgumentsPerToken = true, Description = "Of the lists." };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 8, Description = "Of picks without updates, and of picks during 100 updates a second." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        lengths.Validators.Add(static result =>
        {
            // What is no number has an error of its own.
            if (result.Tokens.Any(static token => int.TryParse(token.Value, CultureInfo.InvariantCulture, out var length) && length < 1))
            {
                result.AddError("--lengths has a list without an instance: give numbers from 1 on.");
            }
        });
        var command = new Command("picks", "What picks cost, by policy and length of the list.") { rounds, calls, lengths, seconds, json };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(rounds), parsed.GetValue(calls), parsed.GetValue(lengths)!, TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(json)));
        return command;
    }

    private static async Task RunAsync(int rounds, int calls, int[] lengths, TimeSpan storm, bool json)
    {
        List<PickSubject> subjects = [];
        foreach (var policy in BalancingPolicies.Names)
        {
            foreach (var length in lengths)
            {
                subjects.Add(await PickSubject.CreateAsync(policy, length, calls));
            }
        }

        var points = lengths.ToDictionary(static length => length, RingOf);
        await using var balancers = await BalancerSet.CreateAsync(1000);
        var best = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var round = -3; round < rounds; round++)
        {
            Note("increment", Loops.Increment, round);
            Note("timestamp", Loops.Timestamp, round);
            foreach (var length in lengths)
            {
                Note($"binarySearch {length}", count => Loops.BinarySearch(points[length], count), round);
            }

            foreach (var (policy, balancer) in balancers.ByPolicy)
            {
                Note($"balancer {policy}", count => Loops.Balanced(balancer, count), round);
            }

            foreach (var subject in subjects)
            {
                subject.Measure(warmUp: round < 0);
            }
        }

        var together = Math.Max(1, calls / 10);
        best["increment, two threads"] = TwoThreads.Least(() => _ = Loops.Increment(together), rounds) / together;
        foreach (var subject in subjects)
        {
            subject.MeasureTogether(rounds);
        }

        var report = await UpdateStorm.RunAsync("round_robin", storm);
        Print(subjects, best, report);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(Report(subjects, best, report, lengths)));
        }

        void Note(string name, Func<int, long> loop, int round)
        {
            var started = ThreadClock.Nanoseconds();
            _ = loop(calls);
            var taken = (double)(ThreadClock.Nanoseconds() - started) / calls;
            if (round >= 0)
            {
                best[name] = Math.Min(best.GetValueOrDefault(name, double.MaxValue), taken);
            }
        }
    }

    /// <summary>As many points as the policy's ring has, at random.</summary>
    private static ulong[] RingOf(int length)
    {
        var perEndpoint = 128;
        while ((long)perEndpoint * length > 1 << 20)
        {
            perEndpoint /= 2;
        }

        var random = new Random(1);
        var points = new ulong[perEndpoint * length];
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = (ulong)random.NextInt64() << 1;
        }

        Array.Sort(points);
        return points;
    }

    private static void Print(List<PickSubject> subjects, Dictionary<string, double> best, UpdateStormReport storm)
    {
        foreach (var (name, value) in best)
        {
            Console.WriteLine($"{name,-32} {Shown(value)}");
        }

        foreach (var subject in subjects)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{subject.Policy,-22} {subject.Length,8} {subject.Best,8:0.00} ns {subject.Best / best["increment"],7:0.00} x increment {subject.Bytes,4} bytes, two threads {Shown(subject.BestTogether)}"));
        }

        Console.WriteLine(storm.ToString());
    }

    private static Dictionary<string, object?> Report(
        List<PickSubject> subjects, Dictionary<string, double> best, UpdateStormReport storm, int[] lengths) => new()
        {
            ["increment"] = Round(best["increment"]),
            ["timestamp"] = Round(best["timestamp"]),
            ["incrementTwoThreads"] = double.IsFinite(best["increment, two threads"]) ? Round(best["increment, two threads"]) : null,
            ["policies"] = ByPolicy(subjects, static subject => Round(subject.Best), withBytes: true),
            ["twoThreads"] = ByPolicy(subjects.Where(static subject => double.IsFinite(subject.BestTogether)), static subject => Round(subject.BestTogether), withBytes: false),
            ["balancer"] = best.Where(static b => b.Key.StartsWith("balancer ", StringComparison.Ordinal))
                .ToDictionary(static b => b.Key["balancer ".Length..], static b => Round(b.Value)),
            ["binarySearch"] = lengths.ToDictionary(static n => n.ToString(CultureInfo.InvariantCulture), n => Round(best[$"binarySearch {n}"])),
            ["updates"] = new Dictionary<string, double>
            {
                ["undisturbedP999"] = storm.QuietP999,
                ["undisturbedSlowest"] = storm.QuietSlowest,
                ["undisturbedOverPerMillion"] = Round(storm.QuietOver),
                ["p999"] = storm.StormP999,
                ["slowest"] = storm.StormSlowest,
                ["overPerMillion"] = Round(storm.StormOver),
                ["perSecond"] = Round(storm.UpdatesPerSecond),
                ["changes"] = storm.Changes,
                ["undisturbedKeptP999"] = storm.KeptP999,
                ["slowestMedian"] = storm.SlowestMedian.Nanoseconds,
                ["slowestMedianPlace"] = storm.SlowestMedian.Place,
                ["slowestMedianToP999"] = Round(storm.Ratio),
                ["slowestP90"] = storm.SlowestP90.Nanoseconds,
                ["slowestP90Place"] = storm.SlowestP90.Place,
                ["undisturbedSlowestMedian"] = storm.QuietMedian.Nanoseconds,
                ["undisturbedSlowestP90"] = storm.QuietP90.Nanoseconds,
            },
        };

    private static Dictionary<string, Dictionary<string, double>> ByPolicy(IEnumerable<PickSubject> subjects, Func<PickSubject, double> value, bool withBytes)
    {
        var byPolicy = new Dictionary<string, Dictionary<string, double>>();
        foreach (var group in subjects.GroupBy(static s => s.Policy))
        {
            var values = group.ToDictionary(static s => s.Length.ToString(CultureInfo.InvariantCulture), value);
            if (withBytes)
            {
                values["bytes"] = group.Max(static s => s.Bytes);
            }

            byPolicy[group.Key] = values;
        }

        return byPolicy;
    }

    private static string Shown(double nanoseconds) =>
        double.IsFinite(nanoseconds) ? string.Create(CultureInfo.InvariantCulture, $"{nanoseconds,8:0.00} ns") : "never ran together";

    private static double Round(double value) => Math.Round(value, 2);
}
