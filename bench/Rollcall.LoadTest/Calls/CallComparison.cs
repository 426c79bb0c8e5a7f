using System.Globalization;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Calls;

/// <summary>Lets contenders take turns at a scenario and prints what came of it. The first one is the baseline.</summary>
/// <remarks>
/// In each round everybody opens connections anew: which threads a connection's ends meet on moves its calls by more than ten percent for as long as it lives. And
/// the turns of a round are cut in slices, between which the others have theirs: what a shared machine does to one slice, it does to the neighbours' too.
/// </remarks>
internal sealed class CallComparison(
    IReadOnlyList<(string Name, IEchoCalls Calls)> contenders, ServerProcess server, Func<Task<long>> readServerAllocated, TimeSpan turn, int rounds)
{
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(40);

    public static void PrintHead() => Console.WriteLine(
        "scenario   contender        1/s  ratio    CPU µs client+server  ratio  B client  B server");

    public async Task WarmUpAsync(CallScenario scenario, TimeSpan duration)
    {
        foreach (var (_, calls) in contenders)
        {
            await Load.RunLoopsAsync(scenario.Workers, duration, (_, running) => scenario.Loop(calls, running));
        }
    }

    /// <returns>The turns of each contender.</returns>
    public async Task<IReadOnlyList<CallMeasurement>[]> RunAsync(CallScenario scenario)
    {
        var turns = contenders.Select(_ => new List<CallMeasurement>()).ToArray();
        var slices = Math.Max(1, (int)(turn / s_slice));
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (_, calls) in contenders)
            {
                await ReconnectAsync(scenario, calls);
            }

            var sums = new CallMeasurement[contenders.Count];
            for (var slice = 0; slice < slices; slice++)
            {
                for (var i = 0; i < contenders.Count; i++)
                {
                    // Each slice begins with another contender, so that none always runs behind the same neighbour.
                    var turnOf = (i + slice + round) % contenders.Count;
                    sums[turnOf] += await MeasureAsync(scenario, contenders[turnOf].Calls, turn / slices);
                }
            }

            for (var i = 0; i < contenders.Count; i++)
            {
                turns[i].Add(sums[i]);
            }
        }

        for (var i = 0; i < contenders.Count; i++)
        {
            Print(scenario.Name, contenders[i].Name, turns[i], turns[0]);
        }

        return turns;
    }

    /// <summary>The median over the rounds of what one contender did in relation to another.</summary>
    public static double Ratio(IReadOnlyList<CallMeasurement> of, IReadOnlyList<CallMeasurement> to, Func<CallMeasurement, double> value) =>
        Statistics.Median(of.Zip(to, (a, b) => value(a) / value(b)));

    public static double Median(IReadOnlyList<CallMeasurement> turns, Func<CallMeasurement, double> value) => Statistics.Median(turns.Select(value));

    private async Task<CallMeasurement> MeasureAsync(CallScenario scenario, IEchoCalls calls, TimeSpan duration)
    {
        var allocated = await readServerAllocated();
        var cpu = server.CpuTime;
        var slice = await Load.RunLoopsAsync(scenario.Workers, duration, (_, running) => scenario.Loop(calls, running));
        return new CallMeasurement(slice, server.CpuTime - cpu, await readServerAllocated() - allocated);
    }

    /// <summary>Opens new connections, by one call of each worker, which is not measured.</summary>
    private static async Task ReconnectAsync(CallScenario scenario, IEchoCalls calls)
    {
        calls.Reconnect();
        await Task.WhenAll(Enumerable.Range(0, scenario.Workers).Select(_ => scenario.Loop(calls, Once())));
    }

    private static Func<bool> Once()
    {
        var left = 1;
        return () => left-- > 0;
    }

    private static void Print(string scenario, string contender, IReadOnlyList<CallMeasurement> turns, IReadOnlyList<CallMeasurement> baseline) =>
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{scenario,-10} {contender,-10} {Median(turns, t => t.PerSecond),9:F0} {Ratio(turns, baseline, t => t.PerSecond),6:F3} {Median(turns, t => t.Client.CpuMicrosecondsPerOperation),10:F2} + {Median(turns, t => t.ServerCpu),8:F2} {Ratio(turns, baseline, t => t.Cpu),8:F3} {Median(turns, t => t.ClientBytes),9:F0} {Median(turns, t => t.ServerBytes),9:F0}"));
}
