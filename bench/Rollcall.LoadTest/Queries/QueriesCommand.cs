using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Calls;
using Rollcall.LoadTest.Measuring;
using Rollcall.LoadTest.Restarts;

namespace Rollcall.LoadTest.Queries;

/// <summary>
/// How many queries the agent is asked, while calls by name grow a thousand times and the list changes as often as before: as many as before. The callers
/// are gRPC channels and HTTP clients, several of each.
/// </summary>
internal static class QueriesCommand
{
    private const int Workers = 32;
    private const int CallersOfEachKind = 5;
    private const int Growth = 1000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static Command Create()
    {
        var calls = new Option<int>("--calls") { DefaultValueFactory = _ => 50, Description = "Calls in the first phase; the second makes a thousand times as many." };
        var changes = new Option<int>("--changes") { DefaultValueFactory = _ => 20, Description = "How often the list changes in each phase." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var command = new Command("queries", "Calls grow a thousand times: the agent is asked no more than before.") { calls, changes, json };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(calls), parsed.GetValue(changes), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(int calls, int changes, bool json, CancellationToken cancel)
    {
        var (agentProcess, agent) = await AgentServer.StartAsync();
        using var agentOwned = agentProcess;
        var (server, address, _) = await CallServer.StartAsync(agent);
        using var serverOwned = server;
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent });
        await CallServer.RegisteredAsync(consul, 1, s_patience, cancel);

        using var requests = new AgentRequests(agent);
        var channels = Enumerable.Range(0, CallersOfEachKind)
            .Select(_ => GrpcChannel.ForAddress($"consul://{agent.Authority}/{CallServer.ServiceName}?policy=round_robin"))
            .ToList();
        var clients = Enumerable.Range(0, CallersOfEachKind).Select(_ => new DiscoveredHttp(agent)).ToList();
        try
        {
            IPacedCall[] callers = [.. channels.Select(static c => new GrpcCall(new Echo.EchoClient(c))), .. clients];
            using var directory = ConsulDirectories.Acquire(new ConsulClientOptions { Address = agent });
            await using var watch = directory.Directory.Watch(new ServiceQuery(CallServer.ServiceName));
            var list = new ChangingList(consul, watch, new Uri(address));
            await list.ChangeAsync(cancel);

            var reports = new[]
            {
                await RunPhaseAsync(calls, changes, callers, list, requests, cancel),
                await RunPhaseAsync(calls * Growth, changes, callers, list, requests, cancel),
            };
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { callers = callers.Length, mostOpen = requests.MostOpen, phases = reports }, JsonSerializerOptions.Web));
            }

            // One for each change; the wait of a query may end once, too, in a phase of minutes.
            return reports[1].Queries <= reports[0].Queries + 1 ? 0 : 1;
        }
        finally
        {
            clients.ForEach(static c => c.Dispose());
            foreach (var channel in channels)
            {
                await channel.DisposeAsync();
            }
        }
    }

    private static async Task<QueriesReport> RunPhaseAsync(
        int calls, int changes, IPacedCall[] callers, ChangingList list, AgentRequests requests, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        var before = requests.Sent;
        var begun = 0;
        var calling = Enumerable.Range(0, Workers).Select(_ => Task.Run(
            async () =>
            {
                while (Interlocked.Increment(ref begun) is var number && number <= calls)
                {
                    await callers[number % callers.Length].CallAsync();
                }
            },
            cancel)).ToList();
        for (var i = 0; i < changes; i++)
        {
            await list.ChangeAsync(cancel);
        }

        await Task.WhenAll(calling);
        var report = new QueriesReport(calls, changes, requests.Sent - before, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{report.Calls} calls by {callers.Length} callers and {changes} changes of the list in {report.Seconds} s: {report.Queries} queries"));
        return report;
    }

    /// <summary>An instance whose tag changes.</summary>
    private sealed class ChangingList(ConsulClient consul, EndpointWatch watch, Uri address)
    {
        private const string Id = "changing";
        private int _count;

        /// <summary>Changes it, and waits until the callers know.</summary>
        public async Task ChangeAsync(CancellationToken cancel)
        {
            var tag = string.Create(CultureInfo.InvariantCulture, $"v{++_count}");
            var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = watch.OnChange(snapshot =>
            {
                if (snapshot.Endpoints.Any(e => e.Id == Id && e.Tags.Contains(tag)))
                {
                    known.TrySetResult();
                }
            });
            await consul.Agent.RegisterAsync(
                new ServiceRegistration { Id = Id, Name = CallServer.ServiceName, Address = address.Host, Port = address.Port, Tags = [tag] },
                cancellationToken: cancel);
            await known.Task.WaitAsync(s_patience, cancel);
        }
    }
}
