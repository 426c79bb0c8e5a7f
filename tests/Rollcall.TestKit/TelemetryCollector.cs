using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Rollcall.TestKit;

/// <summary>
/// Listens to the spans of some sources, and to the meters that it made as a factory. Sources are shared by the process: tests that use it belong
/// in a collection that runs alone. Thread safe.
/// </summary>
public sealed class TelemetryCollector : IMeterFactory
{
    private readonly ActivityListener _spanListener;
    private readonly MeterListener _meterListener;
    private ImmutableList<Meter> _meters = [];
    private ImmutableList<Activity> _spans = [];
    private ImmutableList<Measured> _measurements = [];

    /// <summary>Begins to listen.</summary>
    /// <param name="sources">Names of activity sources; with none, only meters are listened to.</param>
    public TelemetryCollector(params string[] sources)
    {
        _spanListener = new ActivityListener
        {
            ShouldListenTo = source => sources.Contains(source.Name),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => ImmutableInterlocked.Update(ref _spans, static (list, s) => list.Add(s), span),
        };
        ActivitySource.AddActivityListener(_spanListener);
        _meterListener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, this))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _meterListener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _meterListener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _meterListener.Start();
    }

    /// <summary>Spans that have ended, in that order.</summary>
    public IReadOnlyList<Activity> Spans => Volatile.Read(ref _spans);

    /// <summary>What was measured, oldest first.</summary>
    public IReadOnlyList<Measured> Measurements => Volatile.Read(ref _measurements);

    /// <summary>Waits for spans of a source to end.</summary>
    public async Task<IReadOnlyList<Activity>> WaitForSpansAsync(string source, int count)
    {
        await Eventually.TrueAsync(() => Of().Count >= count, because: () => $"{Of().Count} of {count} spans of {source}");
        return Of();

        List<Activity> Of() => [.. Spans.Where(s => s.Source.Name == source)];
    }

    /// <summary>Reads the instruments that are measured only when somebody asks.</summary>
    public void Observe() => _meterListener.RecordObservableInstruments();

    /// <summary>The last value of an instrument with attributes; null when there is none.</summary>
    public double? Last(string instrument, params (string Key, object? Value)[] tags) => Measurements
        .LastOrDefault(m => m.Instrument.Name == instrument && tags.All(t => Equals(m.Tags.GetValueOrDefault(t.Key), t.Value)))?.Value;

    /// <summary>The sum of an instrument over what has the attributes.</summary>
    public double Sum(string instrument, params (string Key, object? Value)[] tags) => Measurements
        .Where(m => m.Instrument.Name == instrument && tags.All(t => Equals(m.Tags.GetValueOrDefault(t.Key), t.Value))).Sum(m => m.Value);

    /// <inheritdoc/>
    public Meter Create(MeterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Scope = this;
        var meter = new Meter(options);
        ImmutableInterlocked.Update(ref _meters, static (list, m) => list.Add(m), meter);
        return meter;
    }

    /// <summary>Stops listening, and disposes the meters.</summary>
    public void Dispose()
    {
        _spanListener.Dispose();
        _meterListener.Dispose();
        Volatile.Read(ref _meters).ForEach(static meter => meter.Dispose());
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var measured = new Measured(instrument, value, tags.ToArray().ToDictionary());
        ImmutableInterlocked.Update(ref _measurements, static (list, m) => list.Add(m), measured);
    }
}
