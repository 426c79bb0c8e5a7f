using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests;

public sealed partial class DiscoveryMetricsTests : IDisposable
{
    private const string Service = "rollcall.service";
    private const string Instance = "rollcall.endpoint.id";
    private const string State = "rollcall.endpoint.state";

    private static readonly ServiceQuery s_orders = new("orders");

    private readonly TelemetryCollector _measured = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSource _source = new();

    public void Dispose() => _measured.Dispose();

    [Fact]
    public async Task PicksRestartsAndAge_AreMeasured()
    {
        await using var directory = Directory();
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("random"));

        _source.Answer(1);
        await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());
        _source.Answer(2, A);
        await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        _measured.Observe();
        Assert.Equal(0, _measured.Last("rollcall.discovery.snapshot.age", (Service, "orders")));
        _source.Fail("gone");
        await _time.WaitForTimersAsync(1);
        _source.Down = new HttpRequestException("still gone");
        _time.Advance(TimeSpan.FromSeconds(3));
        _measured.Observe();

        Assert.Equal(1, _measured.Sum("rollcall.discovery.picks", (Service, "orders"), ("rollcall.result", "none"), (Instance, null)));
        Assert.Equal(1, _measured.Sum("rollcall.discovery.picks", (Service, "orders"), ("rollcall.result", "picked"), (Instance, "a")));
        Assert.True(_measured.Sum("rollcall.discovery.watch.restarts", (Service, "orders")) >= 1);
        Assert.Equal(3, _measured.Last("rollcall.discovery.snapshot.age", (Service, "orders")));
    }

    [Fact]
    public async Task CallsInFlight_AreSummedOverTheCallersOfAService()
    {
        await using var directory = Directory();
        await using var one = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("pick_first"));
        await using var two = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("pick_first"));
        _source.Answer(1, A, B);
        var first = await one.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        await two.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        _measured.Observe();
        Assert.Equal(2, _measured.Last("rollcall.discovery.in_flight", (Service, "orders"), (Instance, "a")));
        Assert.Equal(0, _measured.Last("rollcall.discovery.in_flight", (Service, "orders"), (Instance, "b")));

        first.Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));

        _measured.Observe();
        Assert.Equal(1, _measured.Last("rollcall.discovery.in_flight", (Service, "orders"), (Instance, "a")));
    }

    [Fact]
    public async Task DirectoriesOfOneFactory_AreOneSum()
    {
        await using var directory = Directory();
        var otherSource = new ScriptedSource();
        await using var other = new EndpointDirectory(otherSource, timeProvider: _time, meterFactory: _measured);
        await using var one = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("pick_first"));
        await using var two = new ServiceBalancer(other.Watch(s_orders), BalancingPolicies.Find("pick_first"), new ServiceBalancerOptions { MaxInFlight = 9 });
        _source.Answer(1, A);
        otherSource.Answer(1, A, B);
        await one.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        await two.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        otherSource.Fail("gone");
        await _time.WaitForTimersAsync(1);
        otherSource.Down = new HttpRequestException("still gone");
        _time.Advance(TimeSpan.FromSeconds(3));

        _measured.Observe();

        Assert.Equal(
            ["endpoints 2", "in_flight a 2", "in_flight b 0", "in_flight.limit a 9", "in_flight.limit b 9", "snapshot.age 3"],
            Observed());

        await other.DisposeAsync();
        var before = _measured.Measurements.Count;
        _measured.Observe();

        Assert.Equal(["endpoints 1", "in_flight a 1", "snapshot.age 0"], Observed(before));

        IEnumerable<string> Observed(int from = 0) => _measured.Measurements.Skip(from)
            .Where(static m => m.Instrument.IsObservable)
            .Select(static m => string.Join(' ', new[] { m.Instrument.Name["rollcall.discovery.".Length..], m.Tags.GetValueOrDefault(Instance), m.Value }.OfType<object>()))
            .Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task DirectoriesThatAreGone_LeaveTheMeterOfAContainerAsItWas()
    {
        await using var container = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = container.GetRequiredService<IMeterFactory>();
        ConcurrentQueue<string> published = [];
        var measurements = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    published.Enqueue(instrument.Name);
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => measurements++);
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => measurements++);
        listener.Start();
        List<WeakReference> gone = [];
        for (var i = 0; i < 5; i++)
        {
            gone.Add(await UseAsync(isDisposed: i != 0));
        }

        // Off the stack of the last one.
        await Task.Yield();
        measurements = 0;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        listener.RecordObservableInstruments();

        Assert.Equal(8, published.Distinct().Count());
        Assert.Equal(published.Distinct(), published);
        Assert.Equal(0, measurements);
        Assert.DoesNotContain(gone, static directory => directory.IsAlive);

        // The directory of a channel that is disposed without being awaited ends with its only watch.
        async Task<WeakReference> UseAsync(bool isDisposed)
        {
            var source = new ScriptedSource();
            var directory = new EndpointDirectory(source, meterFactory: factory);
            var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("pick_first"));
            source.Answer(1, A, B);
            await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
            listener.RecordObservableInstruments();
            Assert.NotEqual(0, measurements);
            await balancer.DisposeAsync();
            if (isDisposed)
            {
                await directory.DisposeAsync();
            }

            return new WeakReference(directory);
        }
    }

    [Fact]
    public async Task InstanceThatIsLeftOut_IsCountedAndTold_UntilItIsBack()
    {
        await using var directory = Directory();
        await using var events = directory.Events.ReadAllAsync().GetAsyncEnumerator();
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("pick_first"));
        await using var other = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("pick_first"));
        var freshness = events.MoveNextAsync().AsTask();
        _source.Answer(1, A, B, C);
        await freshness.WithinAsync();
        await events.MoveNextAsync().AsTask().WithinAsync();
        var lease = await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        var left = events.MoveNextAsync().AsTask();

        lease.Complete(new CallOutcome(CallResult.Unreachable, TimeSpan.Zero));

        await left.WithinAsync();
        var ejected = Assert.IsType<EndpointEjected>(events.Current);
        Assert.Equal((A, s_orders, _time.GetUtcNow() + TimeSpan.FromSeconds(1)), (ejected.Endpoint, ejected.Query, ejected.Until));
        Assert.Equal("refused 1 connection in a row", ejected.Reason);
        Assert.Equal(1, _measured.Sum("rollcall.discovery.ejections", (Service, "orders"), (State, "cooling_down"), (Instance, "a")));
        _measured.Observe();
        Assert.Equal(1, _measured.Last("rollcall.discovery.endpoints", (Service, "orders"), (State, "cooling_down")));
        Assert.Equal(2, _measured.Last("rollcall.discovery.endpoints", (Service, "orders"), (State, "picked")));

        var back = events.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        await back.WithinAsync();
        Assert.Equal(A, Assert.IsType<EndpointReadmitted>(events.Current).Endpoint);
        _measured.Observe();
        Assert.Equal(3, _measured.Last("rollcall.discovery.endpoints", (Service, "orders"), (State, "picked")));
    }

    [Fact]
    public void Instances_HaveSoManyNamesAndNoMore()
    {
        var names = new InstanceNames();
        for (var i = 0; i < InstanceNames.MaxPerService; i++)
        {
            Assert.Equal($"i{i}", names.Of("orders", $"i{i}"));
        }

        Assert.Equal("_other", names.Of("orders", "one-more"));
        Assert.Equal("i0", names.Of("orders", "i0"));
        Assert.Equal("one-more", names.Of("payments", "one-more"));
    }

    [Fact]
    public async Task PicksThatNobodyMeasures_AllocateNothing()
    {
        await using var directory = new EndpointDirectory(_source);
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("round_robin"));
        _source.Answer(1, A, B);
        await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        Pick(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Pick(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Pick(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(balancer.TryPick(default, out var lease));
                lease.Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));
            }
        }
    }

    [Fact]
    public async Task TableInTheDocs_SaysExactlyWhatIsMeasured()
    {
        await using (var directory = Directory())
        {
            await using var balancer = new ServiceBalancer(
                directory.Watch(s_orders), BalancingPolicies.Find("pick_first"), new ServiceBalancerOptions { MaxInFlight = 9 });
            _source.Answer(1);
            await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());
            _source.Answer(2, A, B);
            var lease = await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
            lease.Complete(new CallOutcome(CallResult.Unreachable, TimeSpan.Zero));
            balancer.ReportRetry(A, AttemptFate.Moved);
            _measured.Observe();
            _source.Fail("gone");
            await _time.WaitForTimersAsync(2);
        }

        var documented = File.ReadLines(RepositoryRoot.Combine("docs", "observability.md"))
            .SkipWhile(static line => line != "### Discovery metrics")
            .SkipWhile(static line => !line.StartsWith('|')).TakeWhile(static line => line.StartsWith('|')).Skip(2)
            .Select(static line => line.Split('|')[1..^1].Select(static cell => string.Join(' ', Code().Matches(cell).Select(static m => m.Groups[1].Value))))
            .Select(static cells => string.Join(": ", cells.Take(3)))
            .Order(StringComparer.Ordinal);
        var measured = _measured.Measurements
            .GroupBy(static m => m.Instrument)
            .Select(static m => $"{m.Key.Name}: {m.Key.Unit}: {string.Join(' ', m.SelectMany(static m => m.Tags.Keys).Where(static k => k != Service).Distinct().Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(documented, measured);
        Assert.All(_measured.Measurements, static m => Assert.Equal("orders", m.Tags[Service]));
    }

    private EndpointDirectory Directory() => new(_source, timeProvider: _time, meterFactory: _measured);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
