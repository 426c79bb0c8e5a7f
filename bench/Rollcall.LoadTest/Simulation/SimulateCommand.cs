using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Simulation;

/// <summary><c>simulate</c>: how the policies spread calls over servers of which some are slow, in virtual time.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var servers = new Option<int>("--servers") { DefaultValueFactory = static _ => 10, Description = "Servers, with 4 workers each; calls take 10 ms on average." };
        var slow = new Option<int>("--slow") { DefaultValueFactory = static _ => 1, Description = "How many of them are slow." };
        var factor = new Option<double>("--factor") { DefaultValueFactory = static _ => 10, Description = "How many times as slow." };
        var load = new Option<double>("--load") { DefaultValueFactory = static _ => 0.5, Description = "Part of what the servers could do if none were slow." };
        var callers = new Option<int>("--callers") { DefaultValueFactory = static _ => 1, Description = "Callers, each with a picker of its own." };
        var calls = new Option<int>("--calls") { DefaultValueFactory = static _ => 100_000, Description = "Calls in all." };
        var seed = new Option<int>("--seed") { DefaultValueFactory = static _ => 1, Description = "The same seed, the same result." };
        var json = new Option<bool>("--json") { Description = "Print a line of JSON for each policy." };
        var command = new Command("simulate", "Spread calls over servers of which some are slow, by each policy, in virtual time.")
        {
            servers, slow, factor, load, callers, calls, seed, json,
        };
        command.SetAction(parsed =>
        {
            var settings = new SimulationSettings(
                parsed.GetValue(servers), parsed.GetValue(slow), parsed.GetValue(factor), parsed.GetValue(load), parsed.GetValue(callers), parsed.GetValue(calls), parsed.GetValue(seed));
            foreach (var (name, policy) in Policies())
            {
                Print(PolicySimulation.Run(name, policy, settings), parsed.GetValue(json));
            }

            return 0;
        });
        return command;
    }

    private static IEnumerable<(string Name, IBalancingPolicy Policy)> Policies() =>
    [
        ("round_robin", BalancingPolicies.Find("round_robin")),
        ("random", BalancingPolicies.Find("random")),
        ("least_request 2", new LeastRequestPolicy(2)),
        ("least_request 4", new LeastRequestPolicy(4)),
        ("least_request 10", new LeastRequestPolicy(10)),
        ("peak_ewma", BalancingPolicies.Find("peak_ewma")),
    ];

    private static void Print(SimulationResult result, bool json) => Console.WriteLine(json
        ? JsonSerializer.Serialize(result)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Policy,-18} p50 {result.P50Ms,9:0.0} ms  p99 {result.P99Ms,9:0.0} ms  busiest/mean {result.Skew:0.00}  longest queue {result.LongestQueue}"));
}
