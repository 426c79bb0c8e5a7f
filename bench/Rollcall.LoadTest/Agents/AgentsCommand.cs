using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>The embedded agent and a real Consul do the same work in turns; ratios are ours over Consul's.</summary>
internal static class AgentsCommand
{
    public static Command Create()
    {
        var consul = new Option<FileInfo>("--consul") { Required = true, Description = "Path of the consul binary to compare with." };
        var seconds = new Option<double>("--turn-seconds") { DefaultValueFactory = _ => 2, Description = "Length of one agent's turn." };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "Turns of each agent in each scenario." };
        var warmup = new Option<double>("--warmup-seconds") { DefaultValueFactory = _ => 5, Description = "Warm-up of each agent in each scenario." };
        var only = new Option<string[]>("--only") { Description = "Only the scenarios whose name begins like this.", AllowMultipleArgumentsPerToken = true };
        var scale = new Option<double>("--scale") { DefaultValueFactory = _ => 1, Description = "Fraction of the watchers and instances of the large scenarios." };
        var published = new Option<FileInfo?>("--published") { Description = "Path of the published command (eng/publish.sh): how soon it registers, and its memory." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object of ratios as the last line." };
        var command = new Command("agent", "The embedded agent against Consul: `consul agent -dev` in memory, a server of its own on disk.")
        {
            consul, seconds, rounds, warmup, only, scale, published, json,
        };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetRequiredValue(consul),
            new AgentPlan(
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                parsed.GetValue(rounds),
                TimeSpan.FromSeconds(parsed.GetValue(warmup)),
                parsed.GetValue(only) ?? [],
                parsed.GetValue(scale),
                parsed.GetValue(published)?.FullName),
            parsed.GetValue(json),
            cancel));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo consul, AgentPlan plan, bool json, CancellationToken cancel)
    {
        if (!consul.Exists)
        {
            await Console.Error.WriteLineAsync($"There is no file {consul.FullName}. Give the path of a consul binary with --consul.");
            return 2;
        }

        if (plan.Published is { } path && !File.Exists(path))
        {
            await Console.Error.WriteLineAsync($"There is no file {path}. Make it with eng/publish.sh, or leave out --published.");
            return 2;
        }

        var work = Directory.CreateTempSubdirectory("rollcall-agents-").FullName;
        try
        {
            var figures = new SortedDictionary<string, object>(StringComparer.Ordinal);
            Console.WriteLine($"{plan.Rounds} rounds of {plan.Turn.TotalSeconds} s turns; medians");
            await CompareAsync(consul.FullName, work, plan, figures, cancel);
            await new AgentTrials(consul.FullName, work, plan, figures).RunAsync(cancel);
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(figures));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task CompareAsync(string consul, string work, AgentPlan plan, SortedDictionary<string, object> figures, CancellationToken cancel)
    {
        foreach (var pair in Scenario.All.Where(scenario => plan.Wants(scenario.Name)).GroupBy(scenario => scenario.OnDisk))
        {
            using var ours = await AgentStarts.RollcallAsync(pair.Key ? Path.Combine(work, "ours") : null);
            using var theirs = await AgentStarts.ConsulAsync(consul, pair.Key ? Path.Combine(work, "theirs") : null, cancel);
            Console.WriteLine(pair.Key ? "on disk" : "in memory");
            Console.WriteLine("scenario         ours op/s  consul op/s  ratio   ours µs/op  consul µs/op  ratio");
            foreach (var scenario in pair)
            {
                var measured = await MeasureAsync(scenario, [ours, theirs], plan);
                var ops = Statistics.Median(measured[0].Zip(measured[1], (a, b) => a.PerSecond / b.PerSecond));
                var cpu = Statistics.Median(measured[0].Zip(measured[1], (a, b) => a.CpuMicroseconds / b.CpuMicroseconds));
                figures[scenario.Name] = new Dictionary<string, double> { ["opsPerSecond"] = Math.Round(ops, 3), ["cpuPerOp"] = Math.Round(cpu, 4) };
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{scenario.Name,-15} {Median(measured[0], m => m.PerSecond),10:F0} {Median(measured[1], m => m.PerSecond),12:F0} {ops,6:F2} {Median(measured[0], m => m.CpuMicroseconds),12:F1} {Median(measured[1], m => m.CpuMicroseconds),13:F1} {cpu,6:F3}"));
            }
        }
    }

    private static async Task<List<(double PerSecond, double CpuMicroseconds)>[]> MeasureAsync(Scenario scenario, AgentUnderLoad[] agents, AgentPlan plan)
    {
        foreach (var agent in agents)
        {
            await scenario.Prepare(agent, plan);
            await Load.RunAsync(scenario.Workers, plan.Warmup, (worker, count) => scenario.Operation(agent, worker, count));
        }

        var measured = agents.Select(_ => new List<(double, double)>()).ToArray();
        for (var round = 0; round < plan.Rounds; round++)
        {
            for (var i = 0; i < agents.Length; i++)
            {
                var turnOf = (i + round) % agents.Length;
                var agent = agents[turnOf];
                measured[turnOf].Add(await TurnAsync(scenario, agent, plan.Turn));
            }
        }

        return measured;
    }

    private static async Task<(double PerSecond, double CpuMicroseconds)> TurnAsync(Scenario scenario, AgentUnderLoad agent, TimeSpan length)
    {
        var before = agent.CpuTime;
        var clock = Stopwatch.StartNew();
        var operations = 0L;
        while (true)
        {
            operations += (await Load.RunAsync(scenario.Workers, length, (worker, count) => scenario.Operation(agent, worker, count))).Operations;

            // The system counts in steps of 10 ms: a short turn on a busy machine goes on until there is something to count.
            if (operations > 0 && agent.CpuTime - before is var cpu && cpu > TimeSpan.Zero)
            {
                return (operations / clock.Elapsed.TotalSeconds, cpu.TotalMicroseconds / operations);
            }
        }
    }

    private static double Median(List<(double PerSecond, double CpuMicroseconds)> measured, Func<(double PerSecond, double CpuMicroseconds), double> of) =>
        Statistics.Median(measured.Select(of));
}
