using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Consul;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Watches;

/// <summary>One process follows a thousand services of ten instances at an agent: what that costs the agent and the process, and what a change costs.</summary>
internal static class WatchesCommand
{
    private const int Writers = 16;

    // From the last answer until all queries after it are on their way.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(2);
    private const double MostBytes = 2048;
    private const double MostUpdateMs = 1;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var services = new Option<int>("--services") { DefaultValueFactory = _ => 1000, Description = "Services that are followed." };
        var instances = new Option<int>("--instances") { DefaultValueFactory = _ => 10, Description = "Instances of each of them." };
        var large = new Option<int>("--large") { DefaultValueFactory = _ => 1000, Description = "Instances of the service whose changes are timed." };
        var places = new Option<int>("--open")
        {
            DefaultValueFactory = _ => new ConsulClientOptions().MaxOpenQueries,
            Description = "Queries that may be open at once (ConsulClientOptions.MaxOpenQueries).",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var command = new Command("watches", "A process follows a thousand services: queries, memory, and the time of a change.") { services, instances, large, places, json };
        command.SetAction((parsed, cancel) =>
            RunAsync(
                parsed.GetValue(services), parsed.GetValue(instances), parsed.GetValue(large), parsed.GetValue(places), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(int services, int instances, int large, int places, bool json, CancellationToken cancel)
    {
        var (agentProcess, agent) = await AgentServer.StartAsync();
        using var agentOwned = agentProcess;
        await RegisterAsync(agent, services, instances, cancel);

        // First with a meter; then without one, which is not free either, and when what a process has once, whatever it follows, is there already.
        long open;
        using (var requests = new AgentRequests(agent))
        {
            await FollowAsync(agent, services, instances, places, cancel);
            open = requests.MostOpen;
        }

        var bytes = await FollowAsync(agent, services, instances, places, cancel);
        var updates = await ChangeAsync(large, cancel);
        var report = new WatchesReport(
            services,
            services * instances,
            open,
            Math.Round(bytes / (services * instances)),
            Milliseconds(updates, 50),
            Milliseconds(updates, 99));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Services} services, {report.Instances} instances: {report.OpenQueries} open queries, {report.BytesPerInstance} bytes an instance; a change of {large} instances takes {report.UpdateMs} ms, p99 {report.UpdateP99Ms} ms"));
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
        }

        return report.OpenQueries <= Math.Min(services, places) && report.BytesPerInstance <= MostBytes && report.UpdateMs <= MostUpdateMs ? 0 : 1;
    }

    private static string Name(int service) => string.Create(CultureInfo.InvariantCulture, $"service-{service}");

    private static async Task RegisterAsync(Uri agent, int services, int instances, CancellationToken cancel)
    {
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent });
        var options = new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = cancel };
        await Parallel.ForAsync(0, services * instances, options, async (number, token) =>
        {
            var service = Name(number / instances);
            await consul.Agent.RegisterAsync(
                new ServiceRegistration
                {
                    Id = string.Create(CultureInfo.InvariantCulture, $"{service}-{number % instances}"),
                    Name = service,
                    Address = "10.0.0.1",
                    Port = 10_000 + (number % instances),
                    Tags = ["v1", "primary"],
                    Meta = new Dictionary<string, string> { ["version"] = "1.2.3", ["zone"] = "a" },
                },
                cancellationToken: token);
        });
    }

    /// <returns>Live bytes more than before, while all queries are open.</returns>
    private static async Task<double> FollowAsync(Uri agent, int services, int instances, int places, CancellationToken cancel)
    {
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent, MaxOpenQueries = places });
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(consul));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var balancers = Enumerable.Range(0, services)
            .Select(i => new ServiceBalancer(directory.Watch(new ServiceQuery(Name(i))), BalancingPolicies.Find("round_robin")))
            .ToList();
        foreach (var balancer in balancers)
        {
            (await balancer.PickAsync(default, cancellationToken: cancel).AsTask().WaitAsync(s_patience, cancel)).Complete(new(CallResult.Success, TimeSpan.Zero));
        }

        await Task.Delay(s_settling, TimeProvider.System, cancel);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        foreach (var balancer in balancers)
        {
            if (balancer.Describe().Endpoints.Length != instances)
            {
                throw new InvalidDataException($"A list has {balancer.Describe().Endpoints.Length} instances, not {instances}.");
            }

            await balancer.DisposeAsync();
        }

        return bytes;
    }

    private static async Task<List<TimeSpan>> ChangeAsync(int instances, CancellationToken cancel)
    {
        const int WarmUp = 200;
        var source = new ChangingSource(instances, WarmUp + 500);
        await using var directory = new EndpointDirectory(source);
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("changing")), BalancingPolicies.Find("round_robin"));
        await balancer.PickAsync(default, cancellationToken: cancel);
        await source.DoneAsync().WaitAsync(s_patience, cancel);
        return source.Times[WarmUp..];
    }

    private static double Milliseconds(List<TimeSpan> times, int percent) => Math.Round(Statistics.Percentile(times, percent).TotalMilliseconds, 3);
}
