using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>The embedded agent and a real Consul do the same work in turns; ratios are ours over Consul's.</summary>
internal static class AgentsCommand
{
    private const int Workers = 16;

    public static Command Create()
    {
        var consul = new Option<FileInfo>("--consul") { Required = true, Description = "Path of the consul binary to compare with." };
        var seconds = new Option<double>("--turn-seconds") { DefaultValueFactory = _ => 2, Description = "Length of one agent's turn." };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "Turns of each agent in each scenario." };
        var warmup = new Option<double>("--warmup-seconds") { DefaultValueFactory = _ => 5, Description = "Warm-up of each agent in each scenario." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object of ratios as the last line." };
        var command = new Command("agent", "The embedded agent against `consul agent -dev`, both in memory.") { consul, seconds, rounds, warmup, json };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetRequiredValue(consul),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(rounds),
            TimeSpan.FromSeconds(parsed.GetValue(warmup)),
            parsed.GetValue(json),
            cancel));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo consul, TimeSpan turn, int rounds, TimeSpan warmup, bool json, CancellationToken cancel)
    {
        if (!consul.Exists)
        {
            await Console.Error.WriteLineAsync($"There is no file {consul.FullName}. Give the path of a consul binary with --consul.");
            return 2;
        }

        using var ours = await StartOursAsync();
        using var theirs = await StartConsulAsync(consul.FullName, cancel);
        AgentUnderLoad[] agents = [ours, theirs];
        var ratios = new Dictionary<string, Dictionary<string, double>>();
        Console.WriteLine($"{Workers} clients, {rounds} rounds of {turn.TotalSeconds} s turns; medians");
        Console.WriteLine("scenario    ours op/s  consul op/s  ratio   ours µs/op  consul µs/op  ratio");
        foreach (var scenario in Scenario.All)
        {
            var measured = await MeasureAsync(scenario, agents, turn, rounds, warmup);
            var ops = Statistics.Median(measured[0].Zip(measured[1], (a, b) => a.PerSecond / b.PerSecond));
            var cpu = Statistics.Median(measured[0].Zip(measured[1], (a, b) => a.CpuMicroseconds / b.CpuMicroseconds));
            ratios[scenario.Name] = new() { ["opsPerSecond"] = Math.Round(ops, 3), ["cpuPerOp"] = Math.Round(cpu, 4) };
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{scenario.Name,-10} {Median(measured[0], m => m.PerSecond),10:F0} {Median(measured[1], m => m.PerSecond),12:F0} {ops,6:F2} {Median(measured[0], m => m.CpuMicroseconds),12:F1} {Median(measured[1], m => m.CpuMicroseconds),13:F1} {cpu,6:F3}"));
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(ratios));
        }

        return 0;
    }

    private static async Task<List<(double PerSecond, double CpuMicroseconds)>[]> MeasureAsync(
        Scenario scenario, AgentUnderLoad[] agents, TimeSpan turn, int rounds, TimeSpan warmup)
    {
        foreach (var agent in agents)
        {
            await scenario.Prepare(agent);
            await Load.RunAsync(Workers, warmup, (worker, count) => scenario.Operation(agent, worker, count));
        }

        var measured = agents.Select(_ => new List<(double, double)>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < agents.Length; i++)
            {
                var turnOf = (i + round) % agents.Length;
                var agent = agents[turnOf];
                var before = agent.CpuTime;
                var slice = await Load.RunAsync(Workers, turn, (worker, count) => scenario.Operation(agent, worker, count));
                measured[turnOf].Add((slice.PerSecond, (agent.CpuTime - before).TotalMicroseconds / slice.Operations));
            }
        }

        return measured;
    }

    private static double Median(List<(double PerSecond, double CpuMicroseconds)> measured, Func<(double PerSecond, double CpuMicroseconds), double> of) =>
        Statistics.Median(measured.Select(of));

    private static async Task<AgentUnderLoad> StartOursAsync()
    {
        var (process, address) = await AgentServer.StartAsync();
        return new AgentUnderLoad("rollcall", process, address);
    }

    private static async Task<AgentUnderLoad> StartConsulAsync(string path, CancellationToken cancel)
    {
        var ports = FreePorts(6);
        var process = ServerProcess.Start(
            path,
            "agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", "-node=bench", "-disable-host-node-id", "-log-level=err",
            $"-http-port={ports[0]}", $"-dns-port={ports[1]}", $"-server-port={ports[2]}", $"-serf-lan-port={ports[3]}", $"-serf-wan-port={ports[4]}", $"-grpc-port={ports[5]}")
            .DiscardOutput();
        var agent = new AgentUnderLoad("consul", process, new Uri($"http://127.0.0.1:{ports[0]}"));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                if (await agent.Http.GetStringAsync("status/leader", patience.Token) is { Length: > 4 })
                {
                    return agent;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
    }

    private static int[] FreePorts(int count)
    {
        // All are held until all are known, so that no two are the same.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        listeners.ForEach(l => l.Dispose());
        return ports;
    }
}
