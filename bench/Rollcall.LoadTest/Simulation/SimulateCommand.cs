using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Rollcall.LoadTest.Simulation;

/// <summary><c>simulate</c>: how the policies spread calls over servers of which some are slow, fail, die, join and leave, in virtual time.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var none = new SimulationSettings();
        var servers = Number("--servers", none.Servers, "Servers, with 4 workers each; calls take 10 ms on average.");
        var slow = Number("--slow", 1, "How many of them are slow.");
        var factor = new Option<double>("--factor") { DefaultValueFactory = _ => none.Factor, Description = "How many times as slow." };
        var failing = Number("--failing", 0, "How many answer with errors in the second third of the time.");
        var dead = Number("--dead", 0, "How many refuse connections from a third of the time on, and leave the list 5 s later.");
        var joining = Number("--joining", 0, "How many join at half of the time, 5 times as slow for 2 s.");
        var leaving = Number("--leaving", 0, "How many leave at two thirds of the time.");
        var slowStart = new Option<double>("--slow-start") { Description = "Seconds that new instances warm. Default 0." };
        var load = new Option<double>("--load") { DefaultValueFactory = _ => none.Load, Description = "Part of what the servers could do if none were slow." };
        var callers = Number("--callers", none.Callers, "Callers, each with a balancer of its own.");
        var subset = Number("--subset", 0, "How many servers a caller uses; 0: all.");
        var calls = Number("--calls", none.Calls, "Calls in all.");
        var seed = Number("--seed", none.Seed, "The same seed, the same result.");
        var policies = new Option<string[]>("--policy") { AllowMultipleArgumentsPerToken = true, Description = "Only these. Default: all." };
        var plot = new Option<string?>("--plot") { Description = "Write a picture to this file: the latencies with none, one and five of ten servers slow. Instead of all but --calls, --seed." };
        var json = new Option<bool>("--json") { Description = "Print a line of JSON for each policy." };
        var command = new Command("simulate", "Spread calls over servers of which some are slow, fail, die, join or leave, by each policy, in virtual time.")
        {
            servers, slow, factor, failing, dead, joining, leaving, slowStart, load, callers, subset, calls, seed, policies, plot, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = new SimulationSettings
            {
                Servers = parsed.GetValue(servers),
                Slow = parsed.GetValue(slow),
                Factor = parsed.GetValue(factor),
                Failing = parsed.GetValue(failing),
                Dead = parsed.GetValue(dead),
                Joining = parsed.GetValue(joining),
                Leaving = parsed.GetValue(leaving),
                SlowStart = TimeSpan.FromSeconds(parsed.GetValue(slowStart)),
                Load = parsed.GetValue(load),
                Callers = parsed.GetValue(callers),
                Subset = parsed.GetValue(subset),
                Calls = parsed.GetValue(calls),
                Seed = parsed.GetValue(seed),
            };
            if (parsed.GetValue(plot) is { } file)
            {
                await File.WriteAllTextAsync(file, await LatencyPlot.DrawAsync(settings.Calls, settings.Seed), cancellationToken);
                return 0;
            }

            if (settings.Servers < 1)
            {
                await Console.Error.WriteLineAsync("There is no server to call: give --servers from 1 on.");
                return 2;
            }

            if (settings.Slow + settings.Failing + settings.Dead + settings.Leaving > settings.Servers)
            {
                await Console.Error.WriteLineAsync("More servers are slow, failing, dead or leaving than there are: raise --servers.");
                return 2;
            }

            var wanted = parsed.GetValue(policies) ?? [];
            if (wanted.FirstOrDefault(static name => SimulatedPolicies.All.All(policy => policy.Name != name)) is { } unknown)
            {
                await Console.Error.WriteLineAsync(
                    $"There is no policy '{unknown}' to simulate. Use some of: {string.Join(", ", SimulatedPolicies.All.Select(static policy => $"'{policy.Name}'"))}.");
                return 2;
            }

            foreach (var (name, create) in SimulatedPolicies.All.Where(policy => wanted.Length == 0 || wanted.Contains(policy.Name)))
            {
                Print(await PolicySimulation.RunAsync(name, create, settings), parsed.GetValue(json));
            }

            return 0;
        });
        return command;

        static Option<int> Number(string name, int otherwise, string description) =>
            new(name) { DefaultValueFactory = _ => otherwise, Description = description };
    }

    private static void Print(SimulationResult result, bool json) => Console.WriteLine(json
        ? JsonSerializer.Serialize(result)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Policy,-20} p50 {result.P50Ms,9:0.0} ms  p99 {result.P99Ms,9:0.0} ms  busiest/mean {result.Skew,5:0.00}  longest queue {result.LongestQueue,6}  lost {result.Lost,6}  sent again {result.Again,6}"));
}
