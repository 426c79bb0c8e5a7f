using System.Diagnostics.Metrics;

namespace Rollcall.TestKit;

/// <summary>One measurement, as a <see cref="TelemetryCollector"/> saw it.</summary>
public sealed record Measured(Instrument Instrument, double Value, IReadOnlyDictionary<string, object?> Tags);
