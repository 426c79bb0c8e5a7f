using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rollcall.Consul;
using Rollcall.Discovery.Configuration;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Faults;

/// <summary>
/// One of several instances becomes slow, fails, hangs or dies under calls by name that may be repeated and come at a fixed rate. No call may
/// fail, and two seconds later 99 % of them may take no more than twice as long as those of callers that only know the healthy instances, at the
/// same time and rate.
/// </summary>
internal static class FaultsCommand
{
    /// <summary>After this time a fault must not be felt any more.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private const double Tolerance = 2;

    // Calls that take longer at the rate that they begin at pile up sooner or later.
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(0.1);
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    // What docs/balancing.md recommends for calls that may be repeated.
    private const string RecommendedConfig =
        """
        {
          "loadBalancingConfig": [ { "stages": {
            "outlierDetection": { "interval": "0.5s", "maxEjectionPercent": 50, "latencyEjection": { "requestVolume": 10 } },
            "childPolicy": [ { "round_robin": {} } ] } } ],
          "methodConfig": [ { "name": [ {} ],
            "hedgingPolicy": { "maxAttempts": 3, "hedgingDelay": "0.1s", "nonFatalStatusCodes": [ "UNAVAILABLE" ] } } ]
        }
        """;

    public static Command Create()
    {
        var instances = new Option<int>("--instances") { DefaultValueFactory = _ => 5, Description = "Instances that are called; one of them is at fault." };
        var rate = new Option<int>("--rate") { DefaultValueFactory = _ => 450, Description = "Calls a second: gRPC, HTTP/2 and HTTP/1.1 a third each." };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3, Description = "How many times each fault happens." };
        var after = new Option<double>("--seconds") { DefaultValueFactory = _ => 6, Description = "How long is measured from a fault on; more than 2." };
        var warmUp = new Option<double>("--warmup-seconds") { DefaultValueFactory = _ => 2, Description = "How long new callers call before anything is measured." };
        var config = new Option<string>("--config")
        {
            DefaultValueFactory = _ => RecommendedConfig,
            Description = "The callers' service config in JSON. Default: what docs/balancing.md recommends.",
        };
        config.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && !ServiceCallConfig.TryParse(text, out _, out var faults))
            {
                result.AddError($"--config: {ServiceConfigFault.Describe(faults)}");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var command = new Command("faults", "An instance becomes slow, fails, hangs or dies under calls: none fails, and soon none is slow.")
        {
            instances, rate, rounds, after, warmUp, config, json,
        };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(instances),
            parsed.GetValue(rate),
            parsed.GetValue(rounds),
            TimeSpan.FromSeconds(parsed.GetValue(after)),
            TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
            parsed.GetRequiredValue(config),
            parsed.GetValue(json),
            cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        int count, int rate, int rounds, TimeSpan after, TimeSpan warmUp, string config, bool json, CancellationToken cancel)
    {
        var (agentProcess, agent) = await AgentServer.StartAsync();
        using var agentOwned = agentProcess;
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent });
        var instances = new List<FaultyInstance>();
        try
        {
            var reports = new List<FaultReport>();
            for (var round = 0; round < rounds; round++)
            {
                while (instances.Count < count - 1)
                {
                    instances.Add(await FaultyInstance.StartAsync([FaultyInstance.Service, FaultyInstance.ControlService], consul, cancel));
                }

                using var faulty = await FaultyInstance.StartAsync([FaultyInstance.Service], consul, cancel);
                await WarmUpAsync(agent, rate, warmUp, config, cancel);

                // Death comes last: there is no cure.
                foreach (var fault in Enum.GetValues<Fault>())
                {
                    var report = await MeasureAsync(fault, faulty, consul, agent, config, rate, warmUp, after, cancel);
                    reports.Add(report);
                    Say(report);
                }
            }

            if (json)
            {
                var totals = new { failed = reports.Sum(static r => r.Failed), calls = reports.Sum(static r => r.Calls), holds = reports.TrueForAll(static r => r.Holds), faults = reports };
                Console.WriteLine(JsonSerializer.Serialize(totals, s_json));
            }

            return reports.TrueForAll(static r => r.Holds) ? 0 : 1;
        }
        finally
        {
            instances.ForEach(static i => i.Dispose());
        }
    }

    /// <summary>
    /// Calls until they keep pace with their rate, for else what follows would tell of the machine and not of a fault: first without a config, so that
    /// code that is new, and slow for that, does not have all calls made three times, then as they will be.
    /// </summary>
    private static async Task WarmUpAsync(Uri agent, int rate, TimeSpan warmUp, string config, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var each in new[] { "{}", config })
        {
            while (await CallsUnderWayAsync(agent, rate, warmUp, each, cancel) is var underWay && underWay > 2 * rate * s_pace.TotalSeconds)
            {
                if (Stopwatch.GetElapsedTime(started) > PacedCalls.Patience)
                {
                    throw new InvalidOperationException(
                        $"Of twice {rate} calls a second without any fault {underWay} are under way at once: the machine is too busy for them. Give a lower --rate, or wait until it has more time.");
                }
            }
        }
    }

    /// <summary>Calls everything for a while without a fault.</summary>
    /// <returns>How many calls were under way at the end.</returns>
    private static async Task<long> CallsUnderWayAsync(Uri agent, int rate, TimeSpan warmUp, string config, CancellationToken cancel)
    {
        await using var calls = new ComparedCalls(agent, rate, config, static _ => { }, cancel);
        await Task.Delay(warmUp, TimeProvider.System, cancel);
        return calls.UnderWay;
    }

    private static async Task<FaultReport> MeasureAsync(
        Fault fault, FaultyInstance faulty, ConsulClient consul, Uri agent, string config, int rate, TimeSpan warmUp, TimeSpan after, CancellationToken cancel)
    {
        var share = new AttemptShare(faulty);
        await using var calls = new ComparedCalls(agent, rate, config, share.Add, cancel);
        await Task.Delay(warmUp, TimeProvider.System, cancel);

        var at = Stopwatch.GetTimestamp();
        faulty.Inject(fault);
        var shareBefore = share.Take();
        await Task.Delay(Limit, TimeProvider.System, cancel);
        share.Take();
        await Task.Delay(after - Limit, TimeProvider.System, cancel);
        var shareAfter = share.Take();
        var end = Stopwatch.GetTimestamp();
        await calls.StopAsync();
        await faulty.CureAsync(fault, consul, cancel);

        var settled = at + (long)(Limit.TotalSeconds * Stopwatch.Frequency);
        var kinds = calls.Kinds.Select(kind => new KindReport(
            kind.All.Kind,
            Milliseconds(kind.All.P99(settled, end)),
            Milliseconds(kind.Healthy.P99(settled, end)),
            kind.All.Back(at, end, kind.Healthy, Tolerance)?.TotalMilliseconds is { } back ? Math.Round(back) : null));
        var made = calls.Calls;
        return new FaultReport(fault, made.Calls, made.Failed, made.FirstFailure, shareBefore, shareAfter, [.. kinds]);
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);

    private static void Say(FaultReport report)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Fault}: {report.Calls} calls, {report.Failed} failed {report.FirstFailure}; share of the instance {report.ShareBefore:P0}, then {report.ShareAfter:P1}"));
        foreach (var kind in report.Kinds)
        {
            var back = kind.BackMs is { } ms ? string.Create(CultureInfo.InvariantCulture, $"back after {ms} ms") : "not back";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {kind.Kind}: p99 {kind.P99Ms} ms, healthy {kind.HealthyP99Ms} ms, {back}"));
        }
    }
}
