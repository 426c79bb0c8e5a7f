using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rollcall.Consul;
using Rollcall.Grpc.Client;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Calls;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Outages;

/// <summary>
/// The agent is killed under running services and running calls, stays away, and comes back empty. No call may fail, with no retry policy to
/// help, and every instance must be registered again within five seconds.
/// </summary>
internal static class OutageCommand
{
    private const int Workers = 16;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_reregisterLimit = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 60, Description = "How long the agent stays away." };
        var instances = new Option<int>("--instances") { DefaultValueFactory = _ => 3, Description = "Instances that are called." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var command = new Command("outage", "The agent is killed for a while and comes back empty: not one call fails.") { seconds, instances, json };
        command.SetAction((parsed, cancel) =>
            RunAsync(TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(instances), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan down, int instances, bool json, CancellationToken cancel)
    {
        var (agentProcess, address) = await AgentServer.StartAsync();
        var servers = new List<ServerProcess>();
        try
        {
            for (var i = 0; i < instances; i++)
            {
                servers.Add((await CallServer.StartAsync(address)).Process);
            }

            using var consul = new ConsulClient(new ConsulClientOptions { Address = address });
            await CallServer.RegisteredAsync(consul, instances, s_patience, cancel);
            await using var channel = GrpcChannel.ForAddress($"consul://{address.Authority}/{CallServer.ServiceName}?policy=round_robin");
            var client = new Echo.EchoClient(channel);

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var callers = new Callers(client, Workers, stop.Token);
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancel);

            agentProcess.Dispose();
            Say($"agent killed after {callers.Calls} calls, {callers.Failed} failed");
            await Task.Delay(down, TimeProvider.System, cancel);

            Say($"agent away for {down.TotalSeconds} s: {callers.Calls} calls, {callers.Failed} failed");
            (agentProcess, _) = await AgentServer.StartAsync(address.Port);
            var returned = Stopwatch.GetTimestamp();
            await CallServer.RegisteredAsync(consul, instances, s_patience, cancel);
            var reregistered = Stopwatch.GetElapsedTime(returned);
            Say($"{instances} instances registered again after {reregistered.TotalMilliseconds:F0} ms");

            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancel);
            await stop.CancelAsync();
            await callers.EndedAsync();
            var report = new OutageReport(
                callers.Calls, callers.Failed, down.TotalSeconds, Math.Round(reregistered.TotalMilliseconds), callers.FirstFailure);
            Say($"{report.Calls} calls, {report.Failed} failed {report.FirstFailure}");
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            }

            return report.Failed == 0 && report.Calls > 0 && reregistered <= s_reregisterLimit ? 0 : 1;
        }
        finally
        {
            servers.ForEach(s => s.Dispose());
            agentProcess.Dispose();
        }
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
