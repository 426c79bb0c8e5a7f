using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rollcall.Agent;
using Rollcall.Discovery;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Calls;

/// <summary>
/// The baseline, our direct call and our call by service name take turns against one server process. A ratio is taken within each round,
/// against the baseline's turn of that round; the median over the rounds is reported. The baseline is HttpClient as it is used by hand; the same
/// by HttpMessageInvoker, which is leaner, takes turns as well, and ratios to it have names that end in Invoker.
/// </summary>
internal static class CallsCommand
{
    private const int BytesAt = 16;

    public static Command Create()
    {
        var seconds = new Option<double>("--turn-seconds") { DefaultValueFactory = _ => 1, Description = "Length of one contender's turn, cut in slices between which the others have theirs." };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 7, Description = "Turns of each contender in each scenario." };
        var warmup = new Option<double>("--warmup-seconds") { DefaultValueFactory = _ => 8, Description = "Warm-up of each contender in each kind of call." };
        var only = new Option<string>("--only") { DefaultValueFactory = _ => "", Description = "Only scenarios whose name begins so: unary16, stream, …" };
        var processes = new Option<int>("--processes") { DefaultValueFactory = _ => 1, Description = "Do all of it in so many processes, one after another; medians over them." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line: ratios to the baseline, bytes per call." };
        var command = new Command("calls", "Calls over loopback h2c with 100-byte messages, relative to bare Kestrel + HttpClient.")
        {
            seconds, rounds, warmup, only, processes, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var count = parsed.GetValue(processes);
            string Number(Option<double> option) => parsed.GetValue(option).ToString(CultureInfo.InvariantCulture);
            var report = count > 1
                ? await SeveralProcesses.MediansAsync(
                    count,
                    [
                        command.Name, seconds.Name, Number(seconds), rounds.Name, parsed.GetValue(rounds).ToString(CultureInfo.InvariantCulture),
                        warmup.Name, Number(warmup), only.Name, parsed.GetValue(only)!, json.Name,
                    ],
                    cancel)
                : await RunAsync(
                    TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(warmup)), parsed.GetValue(only)!);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(report));
            }
        });
        return command;
    }

    private static async Task<Dictionary<string, double>> RunAsync(TimeSpan turn, int rounds, TimeSpan warmup, string only)
    {
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 }, CancellationToken.None);
        var (process, address, http1) = await CallServer.StartAsync(agent.HttpAddress);
        using var server = process;
        using var observer = RawCalls.ByInvoker(address);
        using var raw = RawCalls.ByClient(address);
        using var invoker = RawCalls.ByInvoker(address);
        using var direct = new GrpcCalls(address);
        using var named = new GrpcCalls($"consul://{agent.HttpAddress.Authority}/{CallServer.ServiceName}?policy=round_robin");
        CallComparison Compare(params IReadOnlyList<(string, IEchoCalls)> contenders) =>
            new(contenders, server, observer.ReadServerAllocatedAsync, turn, rounds);

        Say($"{rounds} rounds of {turn.TotalSeconds} s turns; medians; a ratio is to raw, within the round");
        CallComparison.PrintHead();
        var report = new Dictionary<string, double>(StringComparer.Ordinal);
        void Add(string name, IReadOnlyList<CallMeasurement> ours, IReadOnlyList<CallMeasurement> theirs, string to = "")
        {
            report[name + to] = Round(CallComparison.Ratio(ours, theirs, t => t.PerSecond));
            report[$"{name}{to}Cpu"] = Round(CallComparison.Ratio(ours, theirs, t => t.Cpu));
        }

        // Raw, invoker, direct.
        void AddToRaw(CallScenario scenario, IReadOnlyList<CallMeasurement>[] turns)
        {
            Add(scenario.Name, turns[2], turns[0]);
            Add(scenario.Name, turns[2], turns[1], "Invoker");
        }

        var discovery = new List<double>();
        var unary = Compare(("raw", raw), ("invoker", invoker), ("direct", direct), ("discovery", named));
        await ForEachAsync(unary, CallScenario.Unary, only, warmup, (scenario, turns) =>
        {
            AddToRaw(scenario, turns);
            discovery.AddRange(turns[3].Zip(turns[2], (a, b) => a.PerSecond / b.PerSecond));
            if (scenario.Workers == BytesAt)
            {
                report["clientBytes"] = Math.Round(CallComparison.Median(turns[2], t => t.ClientBytes));
                report["serverBytes"] = Math.Round(CallComparison.Median(turns[2], t => t.ServerBytes));
                report["rawClientBytes"] = Math.Round(CallComparison.Median(turns[0], t => t.ClientBytes));
                report["rawServerBytes"] = Math.Round(CallComparison.Median(turns[0], t => t.ServerBytes));
            }
        });
        if (discovery.Count > 0)
        {
            report["discovery"] = Round(Statistics.Median(discovery));
        }

        await using var directory = new EndpointDirectory(StaticEndpointSource.ForAddress(new Uri(http1).Host, new Uri(http1).Port));
        using var fixedAddress = HttpCalls.ToAddress(http1);
        using var byName = HttpCalls.ToService(directory);
        var overHttp = new List<double>();
        await ForEachAsync(Compare(("fixed", fixedAddress), ("discovery", byName)), CallScenario.Http, only, warmup, (scenario, turns) =>
        {
            Add(scenario.Name, turns[1], turns[0]);
            report[scenario.Name + "Bytes"] = Math.Round(CallComparison.Median(turns[1], t => t.ClientBytes));
            report[scenario.Name + "FixedBytes"] = Math.Round(CallComparison.Median(turns[0], t => t.ClientBytes));
            overHttp.AddRange(turns[1].Zip(turns[0], (a, b) => a.PerSecond / b.PerSecond));
        });
        if (overHttp.Count > 0)
        {
            report["httpDiscovery"] = Round(Statistics.Median(overHttp));
        }

        var streams = Compare(("raw", raw), ("invoker", invoker), ("direct", direct));
        foreach (var scenarios in new[] { CallScenario.ServerStream, CallScenario.Duplex })
        {
            await ForEachAsync(streams, scenarios, only, warmup, AddToRaw);
        }

        return report;
    }

    /// <summary>Warms one kind of call up, and measures its scenarios.</summary>
    private static async Task ForEachAsync(
        CallComparison comparison,
        IReadOnlyList<CallScenario> scenarios,
        string only,
        TimeSpan warmup,
        Action<CallScenario, IReadOnlyList<CallMeasurement>[]> add)
    {
        var chosen = scenarios.Where(s => s.Name.StartsWith(only, StringComparison.Ordinal)).ToList();
        if (chosen.Count == 0)
        {
            return;
        }

        await comparison.WarmUpAsync(scenarios[Math.Min(1, scenarios.Count - 1)], warmup);
        foreach (var scenario in chosen)
        {
            add(scenario, await comparison.RunAsync(scenario));
        }
    }

    private static double Round(double ratio) => Math.Round(ratio, 3);

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
