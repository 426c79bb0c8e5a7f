using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rollcall.Grpc.Client;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Calls;

namespace Rollcall.LoadTest.Soak;

/// <summary>
/// Calls of all four kinds by name for a long time, while instances start, stop and are killed. What caller and server hold at the end is
/// compared with what they held after a warm-up of a fifth of the time; nothing may have grown.
/// </summary>
internal static class SoakCommand
{
    private const double WarmUpShare = 0.2;

    // So many replacements in a soak of any length, up to one every ten seconds.
    private const int Replacements = 8;
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var minutes = new Option<double>("--minutes") { DefaultValueFactory = _ => 10, Description = "How long, warm-up included." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var leak = new Option<string[]>("--leak")
        {
            Description = "Lose something with each call after the warm-up, to see that it is found.",
            AllowMultipleArgumentsPerToken = true,
        };
        leak.AcceptOnlyFromAmong(Leak.Kinds);
        var command = new Command("soak", "Calls under churn: heap, handles and threads stay flat, and no exception goes unobserved.") { minutes, json, leak };
        command.SetAction((parsed, cancel) => RunAsync(
            TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(json), parsed.GetValue(leak) is { Length: > 0 } kinds ? new Leak(kinds) : null, cancel));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan duration, bool json, Leak? leak, CancellationToken cancel)
    {
        Vitals.Watch();
        var (agentProcess, agent) = await AgentServer.StartAsync();
        using var agentOwned = agentProcess;
        using var instances = new SoakInstances(agent);
        await instances.StartAsync();
        await using var channel = GrpcChannel.ForAddress($"consul://{agent.Authority}/{CallServer.ServiceName}?policy=round_robin");
        using var steady = RawCalls.ByClient(instances.SteadyAddress);
        var callers = new SoakCallers(new Echo.EchoClient(channel));

        await RunPhaseAsync(callers, instances, duration * WarmUpShare, duration, cancel);
        var (clientBefore, serverBefore) = (Vitals.Read(), await steady.ReadVitalsAsync());
        Say("after the warm-up", callers, clientBefore, serverBefore);
        callers.Leak = leak;
        await RunPhaseAsync(callers, instances, duration * (1 - WarmUpShare), duration, cancel);
        var (clientAfter, serverAfter) = (Vitals.Read(), await steady.ReadVitalsAsync());
        Say("at the end", callers, clientAfter, serverAfter);

        var report = new SoakReport(
            callers.Calls, callers.Failed, callers.Wrong, callers.FirstWrong, instances.Replaced, clientBefore, clientAfter, serverBefore, serverAfter,
            instances.LongestStop.TotalSeconds, instances.StoppedUnobserved);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
        }

        Console.Error.WriteLine(report.Faults.Count == 0 ? "all is well" : $"faults: {string.Join(", ", report.Faults)}");
        return report.Faults.Count == 0 ? 0 : 1;
    }

    private static async Task RunPhaseAsync(SoakCallers callers, SoakInstances instances, TimeSpan phase, TimeSpan whole, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stop.CancelAfter(phase);
        var pause = whole / Replacements;
        var churn = instances.ChurnAsync(pause < s_longestPause ? pause : s_longestPause, stop.Token);
        await callers.RunAsync(stop.Token);
        await churn;
    }

    private static void Say(string when, SoakCallers callers, Vitals client, Vitals server) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{when}: {callers.Calls} calls, {callers.Failed} failed, {callers.Wrong} wrong {callers.FirstWrong}; caller {client}; server {server}"));
}
