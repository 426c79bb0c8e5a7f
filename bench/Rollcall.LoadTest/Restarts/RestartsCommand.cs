using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rollcall.Consul;
using Rollcall.Grpc.Client;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Calls;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Restarts;

/// <summary>
/// A rolling restart of every instance, one after the other, under gRPC calls and HTTP requests that come at a fixed rate. Nothing retries what a server
/// may have acted on: no gRPC retry policy, and the requests are POSTs. No call may fail.
/// </summary>
internal static class RestartsCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static Command Create()
    {
        var instances = new Option<int>("--instances") { DefaultValueFactory = _ => 10, Description = "Instances that are restarted in turn." };
        var rate = new Option<int>("--rate") { DefaultValueFactory = _ => 500, Description = "Calls a second, half of them gRPC, half HTTP." };
        var runs = new Option<int>("--runs") { DefaultValueFactory = _ => 10, Description = "How many times all of them are restarted." };
        var drain = new Option<double>("--drain-seconds")
        {
            DefaultValueFactory = _ => CallServer.DefaultDrain.TotalSeconds,
            Description = "How long a stopping instance waits for its callers to notice.",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var command = new Command("restarts", "Every instance is restarted in turn under calls: not one call fails.") { instances, rate, runs, drain, json };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(instances),
            parsed.GetValue(rate),
            parsed.GetValue(runs),
            TimeSpan.FromSeconds(parsed.GetValue(drain)),
            parsed.GetValue(json),
            cancel));
        return command;
    }

    private static async Task<int> RunAsync(int instances, int rate, int runs, TimeSpan drain, bool json, CancellationToken cancel)
    {
        var (agentProcess, agent) = await AgentServer.StartAsync();
        using var agentOwned = agentProcess;
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent });
        var servers = new Queue<ServerProcess>();
        try
        {
            for (var i = 0; i < instances; i++)
            {
                servers.Enqueue((await CallServer.StartAsync(agent, drain)).Process);
            }

            await CallServer.RegisteredAsync(consul, instances, s_patience, cancel);
            await using var channel = GrpcChannel.ForAddress($"consul://{agent.Authority}/{CallServer.ServiceName}?policy=round_robin");
            using var http = new DiscoveredHttp(agent);

            var reports = new List<RestartReport>();
            for (var run = 1; run <= runs; run++)
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                var calls = new PacedCalls([new GrpcCall(new Echo.EchoClient(channel)), http], rate, stop.Token);
                for (var i = 0; i < instances; i++)
                {
                    using var old = servers.Dequeue();
                    await old.StopAsync(s_patience);
                    servers.Enqueue((await CallServer.StartAsync(agent, drain)).Process);
                    await CallServer.RegisteredAsync(consul, instances, s_patience, cancel);
                }

                await stop.CancelAsync();
                await calls.EndedAsync();
                var report = new RestartReport(run, calls.Calls, calls.Failed, Math.Round(calls.Rate), calls.FirstFailure);
                reports.Add(report);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"run {run}: {instances} instances restarted, {report.Calls} calls at {report.Rate} a second, {report.Failed} failed {report.FirstFailure}"));
            }

            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { failed = reports.Sum(r => r.Failed), calls = reports.Sum(r => r.Calls), runs = reports }, JsonSerializerOptions.Web));
            }

            return reports.TrueForAll(r => r.Failed == 0 && r.Calls > 0) ? 0 : 1;
        }
        finally
        {
            foreach (var server in servers)
            {
                server.Dispose();
            }
        }
    }
}
