using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests;

public sealed class DiscoveryMetricsTests : IMeterFactory
{
    private readonly List<Meter> _meters = [];
    private readonly ConcurrentDictionary<string, double> _values = new();

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(static m => m.Dispose());

    [Fact]
    public async Task PicksRestartsAndAge_AreMeasured()
    {
        var time = new FakeTimeProvider();
        var source = new ScriptedSource();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, this))
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => _values.AddOrUpdate(Key(i, tags), value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => _values[Key(i, tags)] = value);
        listener.Start();
        await using var directory = new EndpointDirectory(source, timeProvider: time, meterFactory: this);
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("orders")), BalancingPolicies.Find("random"));

        source.Answer(1);
        await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());
        source.Answer(2, A);
        await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        listener.RecordObservableInstruments();
        Assert.Equal(0, _values["rollcall.discovery.snapshot.age orders"]);
        source.Fail("gone");
        await time.WaitForTimersAsync(1);
        source.Down = new HttpRequestException("still gone");
        time.Advance(TimeSpan.FromSeconds(3));
        listener.RecordObservableInstruments();

        Assert.Equal(1, _values["rollcall.discovery.picks orders none"]);
        Assert.Equal(1, _values["rollcall.discovery.picks orders picked"]);
        Assert.True(_values["rollcall.discovery.watch.restarts orders"] >= 1);
        Assert.Equal(3, _values["rollcall.discovery.snapshot.age orders"]);
    }

    private static string Key(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = instrument.Name;
        foreach (var tag in tags)
        {
            key += " " + tag.Value;
        }

        return key;
    }
}
