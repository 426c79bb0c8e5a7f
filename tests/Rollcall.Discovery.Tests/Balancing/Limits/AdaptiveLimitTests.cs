using System.Text.Json;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Limits;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing.Limits;

public sealed class AdaptiveLimitTests : IAsyncDisposable
{
    private const int Min = 3;

    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [InlineData(4, true)]
    [InlineData(4, false)]
    [InlineData(10, true)]
    [InlineData(10, false)]
    [InlineData(50, true)]
    [InlineData(50, false)]
    public async Task ServerOfKnownCapacity_TheLimitFindsIt_AndWorkersAreNeverShortOfCalls(int workers, bool isEven)
    {
        await using var balancer = await BalanceAsync();
        var server = new QueueingServer(balancer, _harness.Time, seed: workers) { Workers = workers, IsEven = isEven };

        server.Run(TimeSpan.FromSeconds(40));
        server.Run(TimeSpan.FromSeconds(120));

        // What it aims at: the workers, a tenth more for the tolerance, and two to four units that wait..
        var limits = server.Limits.Where(static l => l != Min).Order().ToArray();
        Assert.InRange(limits[limits.Length / 2], workers, (workers * 1.25) + 8);
        Assert.InRange(limits[^1], workers, (workers * 1.5) + 12);
        Assert.InRange(server.Served / (120 * workers / server.Mean.TotalSeconds), 0.96, 1.04);
        Assert.All(server.Limits, static l => Assert.True(l >= Min));
    }

    [Fact]
    public async Task CapacityFallsAndComesBack_TheLimitFollows()
    {
        await using var balancer = await BalanceAsync();
        var server = new QueueingServer(balancer, _harness.Time, seed: 5) { Workers = 20 };
        server.Run(TimeSpan.FromSeconds(60));
        var before = Median(server);

        server.Workers = 5;
        server.Run(TimeSpan.FromSeconds(20));
        server.Run(TimeSpan.FromSeconds(60));
        var fallen = Median(server);
        var waited = server.MeanLatency;
        server.Workers = 20;
        server.Run(TimeSpan.FromSeconds(40));
        server.Run(TimeSpan.FromSeconds(60));

        Assert.InRange(before, 20, 33);
        Assert.InRange(fallen, 5, 14);
        Assert.True(waited < TimeSpan.FromMilliseconds(300), $"{waited}");
        Assert.InRange(Median(server), 20, 33);
    }

    [Fact]
    public async Task CallsBecomeSlower_TheLimitFallsAndIsFoundAnewWithTheNextMeasurement()
    {
        await using var balancer = await BalanceAsync();
        var server = new QueueingServer(balancer, _harness.Time, seed: 6) { Workers = 10 };
        server.Run(TimeSpan.FromSeconds(60));

        // Five times the latency looks like a queue, until an idle endpoint turns out to take as long.
        server.Mean *= 5;
        server.Run(TimeSpan.FromSeconds(120));
        var lowest = server.Limits.Min();
        server.Run(TimeSpan.FromSeconds(120));

        Assert.Equal(Min, lowest);
        Assert.InRange(Median(server), 10, 22);
        var described = balancer.Describe().Endpoints[0];
        Assert.InRange(described.IdleLatency!.Value.TotalMilliseconds, 350, 700);
    }

    [Fact]
    public async Task LittleUse_TheLimitDoesNotGrow()
    {
        await using var balancer = await BalanceAsync();
        var server = new QueueingServer(balancer, _harness.Time, seed: 7) { Workers = 100, CallsPerSecond = 50 };

        server.Run(TimeSpan.FromSeconds(300));

        // Five in flight on average.
        Assert.InRange(server.Limits.Max(), 20, 30);
        Assert.Equal(100, balancer.Describe().Endpoints[0].IdleLatency!.Value.TotalMilliseconds, tolerance: 25);
    }

    [Fact]
    public async Task Failures_LowerTheLimitToItsMinimumAndNeverBelow()
    {
        await using var balancer = await BalanceAsync();
        var server = new QueueingServer(balancer, _harness.Time, seed: 8) { Workers = 10 };
        server.Run(TimeSpan.FromSeconds(30));

        server.Result = CallResult.Failure;
        server.Run(TimeSpan.FromSeconds(60));

        Assert.Equal(Min, server.Limits[^1]);
        Assert.Equal(Min, server.Limits.Min());
        server.Result = CallResult.Success;
        server.Run(TimeSpan.FromSeconds(120));
        Assert.InRange(Median(server), 10, 20);
    }

    [Fact]
    public async Task CallsThatAreGivenUp_CountAsOnesThatTookSoLong()
    {
        await using var balancer = await BalanceAsync();
        var server = new QueueingServer(balancer, _harness.Time, seed: 9) { Workers = 10 };
        server.Run(TimeSpan.FromSeconds(30));

        var before = Median(server);
        server.Result = CallResult.Cancelled;
        server.Mean *= 5;
        server.Run(TimeSpan.FromSeconds(25));

        Assert.InRange(before, 10, 20);
        Assert.InRange(server.Limits[^1], Min, 8);
    }

    [Fact]
    public async Task MeasurementIsOverByTime_AWaitingCallGoesOn()
    {
        await using var balancer = await BalanceAsync();
        var held = Enumerable.Range(0, 10).Select(_ => Pick()).ToList();
        _harness.Time.Advance(TimeSpan.FromMilliseconds(250));
        for (var i = 0; i < 25; i++)
        {
            Pick().Complete(new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(1)));
        }

        // The limit is at its minimum until the measurement ends, and none of the calls that are held does.
        Assert.Equal(Min, balancer.Describe().Endpoints[0].InFlightLimit);
        var waiting = balancer.PickAsync(default, waitForReady: true).AsTask();
        Assert.False(waiting.IsCompleted);
        _harness.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(A, (await waiting.WithinAsync()).Endpoint);
        Assert.Equal(held.Count + 1, balancer.Describe().Endpoints[0].InFlight);

        PickLease Pick()
        {
            Assert.True(balancer.TryPick(default, out var lease));
            return lease;
        }
    }

    [Fact]
    public async Task MeasurementBeganAfterTheWait_TheWaitingCallGoesOnWhenItIsOver()
    {
        await using var balancer = await BalanceAsync();
        var full = balancer.Describe().Endpoints[0].InFlightLimit!.Value;
        var held = Enumerable.Range(0, full).Select(_ => balancer.TryPick(default, out var lease) ? lease : default).ToList();
        var waiting = Enumerable.Range(0, 30).Select(_ => balancer.PickAsync(default, waitForReady: true).AsTask()).ToList();
        _harness.Time.Advance(TimeSpan.FromMilliseconds(250));
        for (var i = 0; i < 25; i++)
        {
            held[i].Complete(new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(1)));
            if (i < 24)
            {
                held.Add(await waiting[i].WithinAsync());
            }
        }

        // The last one ended the window.
        Assert.Equal((full - 1, Min), (balancer.Describe().Endpoints[0].InFlight, balancer.Describe().Endpoints[0].InFlightLimit));
        Assert.All(waiting[24..], static call => Assert.False(call.IsCompleted));
        _harness.Time.Advance(TimeSpan.FromMinutes(1));

        await waiting[24].WithinAsync();
        Assert.All(waiting[25..], static call => Assert.False(call.IsCompleted));
    }

    [Fact]
    public async Task SameSeed_SameLimits()
    {
        await using var other = new BalancerHarness();
        await using var one = await BalanceAsync();
        await using var two = await other.BalanceAsync(new RoundRobinPolicy(), Options(), A);
        var first = new QueueingServer(one, _harness.Time, seed: 3) { Workers = 7 };
        var second = new QueueingServer(two, other.Time, seed: 3) { Workers = 7 };

        first.Run(TimeSpan.FromSeconds(60));
        second.Run(TimeSpan.FromSeconds(60));

        Assert.Equal(first.Limits, second.Limits);
    }

    [Fact]
    public async Task EachEndpointHasItsOwn_AndMaxInFlightHoldsBeside()
    {
        var options = Options();
        options.OutlierEjection.ConsecutiveFailures = 0;
        options.MaxInFlight = 15;
        options.AdaptiveLimit!.Max = 12;
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, A, B);
        Assert.All(balancer.Describe().Endpoints, static e => Assert.Equal(12, e.InFlightLimit));

        // A is slow and fails, B is not called.
        for (var i = 0; i < 400; i++)
        {
            var lease = balancer.Pick(A);
            _harness.Time.Advance(TimeSpan.FromMilliseconds(20));
            lease.Complete(new CallOutcome(CallResult.Failure, TimeSpan.FromMilliseconds(20)));
        }

        Assert.Equal([Min, 12], balancer.Describe().Endpoints.Select(static e => e.InFlightLimit));
        options.MaxInFlight = 2;
        balancer.Apply(balancer.Policy, options);
        Assert.All(balancer.Describe().Endpoints, static e => Assert.Equal(2, e.InFlightLimit));
        options.AdaptiveLimit = null;
        options.MaxInFlight = 0;
        balancer.Apply(balancer.Policy, options);
        Assert.All(balancer.Describe().Endpoints, static e => Assert.Null(e.InFlightLimit));
    }

    [Fact]
    public async Task AllFull_SaysSo_AndPicksAllocateNothing()
    {
        var options = Options();
        options.AdaptiveLimit!.Max = 5;
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, A, B);
        for (var i = 0; i < 200; i++)
        {
            balancer.TryPick(default, out var warm);
            warm.Complete(Outcomes.Success);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            balancer.TryPick(default, out var lease);
            lease.Complete(Outcomes.Success);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        _ = balancer.Picks(10);
        Assert.False(balancer.TryPick(default, out _));
        Assert.All(balancer.Describe().Endpoints, static e => Assert.Equal(EndpointStanding.Full, e.Standing));
        var error = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());
        Assert.Equal(NoEndpointReason.AllFull, error.Reason);
        Assert.Contains("as many calls of this caller in flight as it takes without queueing (AdaptiveLimit)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storm_NoLimitIsExceededAndNoCountIsLost()
    {
        var options = Options();
        options.AdaptiveLimit = new AdaptiveLimitOptions { Min = 1, Initial = 2, Max = 3, Window = TimeSpan.FromMilliseconds(1), MinimumCalls = 5, ProbeInterval = TimeSpan.FromMilliseconds(5) };
        await using var balancer = await _harness.BalanceAsync(new RandomPolicy(), options, A, B);
        var held = new int[2];
        var most = 0;
        var callers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (balancer.TryPick(default, out var lease))
                {
                    var there = Interlocked.Increment(ref held[lease.Endpoint == A ? 0 : 1]);
                    int seen;
                    while (there > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, there, seen) != seen)
                    {
                    }

                    Interlocked.Decrement(ref held[lease.Endpoint == A ? 0 : 1]);
                    lease.Complete(new CallOutcome(i % 9 == 0 ? CallResult.Failure : CallResult.Success, TimeSpan.FromTicks(1 + (i % 1000))));
                }
            }
        })));
        while (!callers.IsCompleted)
        {
            _harness.Time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        await callers;
        Assert.InRange(most, 1, 3);
        Assert.All(balancer.Describe().Endpoints, static e => Assert.Equal((0, true), (e.InFlight, e.InFlightLimit is >= 1 and <= 3)));
    }

    [Fact]
    public async Task Limits_AreMeasured()
    {
        using var measured = new TelemetryCollector();
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source, meterFactory: measured);
        await using var plain = new ServiceBalancer(directory.Watch(new ServiceQuery("orders")), new RoundRobinPolicy());
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("orders")), new RoundRobinPolicy(), Options());
        source.Answer(1, A, B);
        await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();

        measured.Observe();

        Assert.Equal(20, measured.Last("rollcall.discovery.in_flight.limit", ("rollcall.service", "orders"), ("rollcall.endpoint.id", "a")));
    }

    [Fact]
    public void ServiceConfig_HasAllOfIt()
    {
        using var fields = JsonDocument.Parse("""
            { "adaptiveLimit": { "min": 2, "max": 50, "initial": 10, "tolerance": 1.5, "window": "0.5s", "minimumCalls": 40, "probeInterval": "60s" },
              "childPolicy": [ { "least_request": {} } ] }
            """);

        Assert.True(BalancingConfig.TryRead("stages", fields.RootElement, null, out _, out var options, out var fault), fault);

        var limit = options.AdaptiveLimit!;
        Assert.Equal((2, 50, 10, 1.5, 40), (limit.Min, limit.Max, limit.Initial, limit.Tolerance, limit.MinimumCalls));
        Assert.Equal((TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1)), (limit.Window, limit.ProbeInterval));
    }

    [Theory]
    [InlineData("""{ "min": 0 }""", "min must be a whole number from 1")]
    [InlineData("""{ "min": 10, "max": 5 }""", "max must be a whole number from 10")]
    [InlineData("""{ "tolerance": 0.5 }""", "tolerance must be a number from 1 to 10")]
    [InlineData("""{ "window": "2s", "probeInterval": "1s" }""", "probeInterval must not be less than window")]
    [InlineData("""{ "maximum": 5 }""", "maximum is not known, there are min, max, initial")]
    public void ServiceConfig_FaultsAreNamed(string limit, string expected)
    {
        using var fields = JsonDocument.Parse($$"""{ "adaptiveLimit": {{limit}}, "childPolicy": [ { "random": {} } ] }""");

        Assert.False(BalancingConfig.TryRead("stages", fields.RootElement, null, out _, out _, out var fault));

        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_FaultsAreNamedTogether()
    {
        using var balancer = new ServiceBalancer(_harness.Directory.Watch(new ServiceQuery("orders")), new RandomPolicy());
        var options = new ServiceBalancerOptions { AdaptiveLimit = new AdaptiveLimitOptions { Min = 0, Max = -1, Initial = 0, Tolerance = 0, MinimumCalls = 0, Window = TimeSpan.Zero } };

        var error = Assert.Throws<ArgumentException>(() => balancer.Apply(balancer.Policy, options));

        Assert.All(["Min", "Max", "Initial", "Tolerance", "MinimumCalls", "Window"], name => Assert.Contains($"AdaptiveLimit.{name} must", error.Message, StringComparison.Ordinal));
    }

    private static ServiceBalancerOptions Options() => new() { AdaptiveLimit = new AdaptiveLimitOptions(), Random = new ThreadSafeRandom(7) };

    private static int Median(QueueingServer server)
    {
        var limits = server.Limits.Where(static l => l != Min).Order().ToArray();
        return limits.Length == 0 ? Min : limits[limits.Length / 2];
    }

    private async Task<ServiceBalancer> BalanceAsync() => await _harness.BalanceAsync(new RoundRobinPolicy(), Options(), A);
}
