using System.Diagnostics;
using System.Globalization;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>What is not so many operations a second: watchers, memory, the disk's own rate, registrations among many.</summary>
internal sealed class AgentTrials(string consul, string work, AgentPlan plan, SortedDictionary<string, object> figures)
{
    private const string Watched = "bench-watched";

    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(3);

    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var count in new[] { 1_000, 5_000 }.Where(count => plan.Wants($"watchers{count}")))
        {
            await WatchAsync(count, cancel);
        }

        if (plan.Wants("idleWatchers"))
        {
            await IdleAsync();
        }

        if (plan.Wants("registerAmong"))
        {
            await RegisterAmongManyAsync();
        }

        if (plan.Wants("memory"))
        {
            await MemoryAsync(cancel);
        }

        if (plan.Wants("durable"))
        {
            await DurableAsync();
        }

        if (plan.Published is { } published && plan.Wants("published"))
        {
            await PublishedAsync(published, cancel);
        }
    }

    /// <summary>The published command: from the start of its process to its first registration, and its memory when nothing has happened for a while.</summary>
    private async Task PublishedAsync(string path, CancellationToken cancel)
    {
        var starts = new List<double>();
        var (resident, own) = (0L, 0L);

        // The first start reads the file, and unpacks what can't be run from it.
        for (var round = 0; round <= 2 * plan.Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            using var agent = AgentStarts.Published(path);
            await AgentStarts.RegisterFirstAsync(agent, Scenario.Instance("bench-first", "bench-first-0", 20000), cancel);
            var took = Stopwatch.GetElapsedTime(started);
            if (await agent.SendAsync(HttpMethod.Get, "status/leader") is not { Length: > 4 } || await agent.SendAsync(HttpMethod.Get, "catalog/node/bench") is not { Length: > 4 })
            {
                throw new InvalidOperationException("The agent answers, but has no leader or no node.");
            }

            if (round > 0)
            {
                starts.Add(took.TotalMilliseconds);
            }

            if (round == 2 * plan.Rounds)
            {
                await Task.Delay(s_settling, TimeProvider.System, cancel);
                (resident, own) = (agent.ResidentBytes, agent.OwnBytes);
            }
        }

        figures["published"] = new Dictionary<string, double>
        {
            ["firstRegistrationMs"] = Math.Round(Statistics.Median(starts), 1),
            ["fastestFirstRegistrationMs"] = Math.Round(starts.Min(), 1),
            ["idleMB"] = Math.Round(resident / 1e6, 1),
            ["ownMB"] = Math.Round(own / 1e6, 1),
        };
        Print($"published: first registration after {Statistics.Median(starts):F0} ms, at best {starts.Min():F0} ms; idle {resident / 1e6:F1} MB, of which {own / 1e6:F1} MB are not pages of files");
    }

    /// <summary>From a change to the last answer, ours over Consul's.</summary>
    private async Task WatchAsync(int watchers, CancellationToken cancel)
    {
        using var ours = await AgentStarts.RollcallAsync(null);
        using var theirs = await AgentStarts.ConsulAsync(consul, null, cancel);
        AgentUnderLoad[] agents = [ours, theirs];
        var crowds = new List<WatcherCrowd>();
        foreach (var agent in agents)
        {
            await Scenario.InstancesAsync(agent, Watched, 10);
            crowds.Add(await WatcherCrowd.ConnectAsync(agent, Watched, plan.Scaled(watchers)));
        }

        // Until the warm-up is over, changes are made and not counted.
        var times = agents.Select(_ => new List<double>()).ToArray();
        var began = Stopwatch.GetTimestamp();
        for (var (change, counted) = (0, 0); counted < plan.Rounds; change++)
        {
            var isWarm = Stopwatch.GetElapsedTime(began) >= plan.Warmup;
            for (var i = 0; i < agents.Length; i++)
            {
                var turnOf = (i + change) % agents.Length;
                var time = await crowds[turnOf].ChangeAsync(Scenario.Instance(Watched, $"{Watched}-0", 30000 + change));
                if (isWarm)
                {
                    times[turnOf].Add(time.TotalMilliseconds);
                }
            }

            counted += isWarm ? 1 : 0;
        }

        crowds.ForEach(crowd => crowd.Dispose());
        var ratio = Statistics.Median(times[0].Zip(times[1], (a, b) => a / b));
        figures[string.Create(CultureInfo.InvariantCulture, $"watchers{watchers}")] = Math.Round(ratio, 4);
        Print($"change to the last of {plan.Scaled(watchers)} watchers: {Statistics.Median(times[0]):F1} ms, Consul {Statistics.Median(times[1]):F1} ms, ratio {ratio:F3}");
    }

    /// <summary>What a watcher costs while nothing happens, and that a key written elsewhere wakes none.</summary>
    private async Task IdleAsync()
    {
        using var agent = await AgentStarts.RollcallAsync(null);
        await Scenario.InstancesAsync(agent, Watched, 10);
        using (var first = await WatcherCrowd.ConnectAsync(agent, Watched, 200))
        {
            await first.ChangeAsync(Scenario.Instance(Watched, $"{Watched}-0", 30000));
        }

        var before = agent.ResidentBytes;
        var count = plan.Scaled(15_000);
        using var crowd = await WatcherCrowd.ConnectAsync(agent, Watched, count);
        var answers = await crowd.WaitAsync();
        var bytes = (agent.ResidentBytes - before) / (double)count;
        for (var i = 0; i < 100; i++)
        {
            await Scenario.PutAsync(agent, 0, i);
        }

        var woken = answers.Count(answer => answer.IsCompleted);
        figures["idleWatchers"] = new Dictionary<string, double> { ["count"] = count, ["bytes"] = Math.Round(bytes), ["wokenByOtherWrites"] = woken };
        Print($"{count} idle watchers: {bytes:F0} B each; 100 writes of keys woke {woken}");
    }

    /// <summary>Registrations a second among many instances, over those among none: 1 is flat.</summary>
    private async Task RegisterAmongManyAsync()
    {
        using var few = await AgentStarts.RollcallAsync(null);
        using var many = await AgentStarts.RollcallAsync(null);
        await Scenario.InstancesAsync(many, "bench-register", plan.Scaled(10_000));
        var ratios = new List<double>();
        foreach (var agent in new[] { few, many })
        {
            await Load.RunAsync(16, plan.Warmup, (worker, count) => Scenario.RegisterAsync(agent, worker, count));
        }

        for (var round = 0; round < plan.Rounds; round++)
        {
            var one = await Load.RunAsync(16, plan.Turn, (worker, count) => Scenario.RegisterAsync(few, worker, count));
            var other = await Load.RunAsync(16, plan.Turn, (worker, count) => Scenario.RegisterAsync(many, worker, count));
            ratios.Add(other.PerSecond / one.PerSecond);
        }

        figures["registerAmong10000"] = Math.Round(Statistics.Median(ratios), 3);
        Print($"registrations among {plan.Scaled(10_000)} instances over among none: {Statistics.Median(ratios):F2}");
    }

    /// <summary>Memory of a process that has just started, and with many instances, over Consul's.</summary>
    private async Task MemoryAsync(CancellationToken cancel)
    {
        using var ours = await AgentStarts.RollcallAsync(null);
        using var theirs = await AgentStarts.ConsulAsync(consul, null, cancel);
        var idle = (Ours: ours.ResidentBytes, Theirs: theirs.ResidentBytes);
        await Scenario.InstancesAsync(ours, "bench-memory", plan.Scaled(10_000));
        await Scenario.InstancesAsync(theirs, "bench-memory", plan.Scaled(10_000));
        var full = (Ours: ours.ResidentBytes, Theirs: theirs.ResidentBytes);
        figures["memory"] = new Dictionary<string, double>
        {
            ["idleMB"] = Math.Round(idle.Ours / 1e6, 1),
            ["idle"] = Math.Round((double)idle.Ours / idle.Theirs, 3),
            ["instances10000"] = Math.Round((double)full.Ours / full.Theirs, 3),
        };
        Print($"memory: idle {idle.Ours / 1e6:F0} MB, Consul {idle.Theirs / 1e6:F0} MB; with {plan.Scaled(10_000)} instances {full.Ours / 1e6:F0} MB, Consul {full.Theirs / 1e6:F0} MB");
    }

    /// <summary>Durable writes a second: of one writer over the disk's own rate, and of 64 over one's.</summary>
    private async Task DurableAsync()
    {
        var directory = Directory.CreateDirectory(Path.Combine(work, "durable")).FullName;
        using var agent = await AgentStarts.RollcallAsync(directory);
        await Load.RunAsync(64, plan.Warmup, (worker, count) => Scenario.PutAsync(agent, worker, count));
        var (toRaw, toOne) = (new List<double>(), new List<double>());
        for (var round = 0; round < plan.Rounds; round++)
        {
            var raw = await RawDisk.RunAsync(directory, plan.Turn);
            var one = await Load.RunAsync(1, plan.Turn, (worker, count) => Scenario.PutAsync(agent, worker, count));
            var many = await Load.RunAsync(64, plan.Turn, (worker, count) => Scenario.PutAsync(agent, worker, count));
            toRaw.Add(one.PerSecond / raw.PerSecond);
            toOne.Add(many.PerSecond / one.PerSecond);
        }

        figures["durable"] = new Dictionary<string, double>
        {
            ["oneWriterToRawSyncs"] = Math.Round(Statistics.Median(toRaw), 3),
            ["64WritersToOne"] = Math.Round(Statistics.Median(toOne), 2),
        };
        Print($"durable writes: one writer {Statistics.Median(toRaw):F2} of the disk's syncs, 64 writers {Statistics.Median(toOne):F1} of one");
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
