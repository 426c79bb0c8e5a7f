using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rollcall.Consul;
using Rollcall.Discovery;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Calls;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Outages;

/// <summary>
/// The agent is killed under running services and running calls, stays away, and comes back empty. No call may fail, with no retry policy to
/// help; meanwhile the callers ask for it now and then; when it is back, every instance is registered again and the callers' list is fresh soon.
/// </summary>
internal static class OutageCommand
{
    private const int Workers = 16;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_convergenceLimit = TimeSpan.FromSeconds(5);

    // A failed watch waits 0.75 seconds at least, but for its first few attempts.
    private const double RequestsPerSecond = 1 / 0.75;
    private const int FirstRequests = 4;

    public static Command Create()
    {
        var minutes = new Option<double>("--minutes") { DefaultValueFactory = _ => 1, Description = "How long the agent stays away." };
        var instances = new Option<int>("--instances") { DefaultValueFactory = _ => 3, Description = "Instances that are called." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var command = new Command("outage", "The agent is killed for a while and comes back empty: not one call fails.") { minutes, instances, json };
        command.SetAction((parsed, cancel) =>
            RunAsync(TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(instances), parsed.GetValue(json), cancel));
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
            using var requests = new AgentRequests(address);
            using var directory = ConsulDirectories.Acquire(new ConsulClientOptions { Address = address });
            await using var watch = directory.Directory.Watch(new ServiceQuery(CallServer.ServiceName));
            await using var channel = GrpcChannel.ForAddress($"consul://{address.Authority}/{CallServer.ServiceName}?policy=round_robin");
            var client = new Echo.EchoClient(channel);

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var callers = new Callers(client, Workers, stop.Token);
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancel);

            agentProcess.Dispose();
            var before = requests.Sent;
            Say($"agent killed after {callers.Calls} calls, {callers.Failed} failed");
            await Task.Delay(down, TimeProvider.System, cancel);

            var (sent, mostOpen) = (requests.Sent - before, requests.MostOpen);
            Say($"agent away for {down.TotalSeconds} s: {callers.Calls} calls, {callers.Failed} failed; {sent} requests to it, {mostOpen} at once");
            (agentProcess, _) = await AgentServer.StartAsync(address.Port);
            var returned = Stopwatch.GetTimestamp();
            var registering = RegisteredAsync();
            await FreshAsync(watch, instances, cancel);
            var converged = Stopwatch.GetElapsedTime(returned);
            var reregistered = await registering;
            Say($"{instances} instances registered again after {reregistered.TotalMilliseconds:F0} ms, list fresh after {converged.TotalMilliseconds:F0} ms");

            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancel);
            await stop.CancelAsync();
            await callers.EndedAsync();
            var report = new OutageReport(
                callers.Calls,
                callers.Failed,
                down.TotalSeconds,
                sent,
                mostOpen,
                requests.Open,
                Math.Round(reregistered.TotalMilliseconds),
                Math.Round(converged.TotalMilliseconds),
                callers.FirstFailure);
            Say($"{report.Calls} calls, {report.Failed} failed {report.FirstFailure}; {report.OpenAtEnd} request open");
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            }

            return report is { Failed: 0, Calls: > 0, MostOpen: 1, OpenAtEnd: 1 }
                && report.Requests <= FirstRequests + (RequestsPerSecond * down.TotalSeconds)
                && converged <= s_convergenceLimit && reregistered <= s_convergenceLimit ? 0 : 1;

            async Task<TimeSpan> RegisteredAsync()
            {
                await CallServer.RegisteredAsync(consul, instances, s_patience, cancel);
                return Stopwatch.GetElapsedTime(returned);
            }
        }
        finally
        {
            servers.ForEach(s => s.Dispose());
            agentProcess.Dispose();
        }
    }

    private static async Task FreshAsync(EndpointWatch watch, int instances, CancellationToken cancel)
    {
        var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = watch.OnChange(Look);
        if (watch.Current is { } now)
        {
            Look(now);
        }

        await fresh.Task.WaitAsync(s_patience, cancel);

        void Look(EndpointSnapshot snapshot)
        {
            if (snapshot.Freshness == SnapshotFreshness.Fresh && snapshot.Endpoints.Length == instances)
            {
                fresh.TrySetResult();
            }
        }
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
