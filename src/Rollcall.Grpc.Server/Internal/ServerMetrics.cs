using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Rollcall.Grpc.Server;

/// <summary>The package's instruments, on the meter <c>Rollcall.Grpc.Server</c>. Thread-safe.</summary>
internal sealed class ServerMetrics
{
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;

    /// <param name="factory">Null: a meter that nobody else can get at by dependency injection.</param>
    public ServerMetrics(IMeterFactory? factory)
    {
        var meter = factory?.Create(ServerTelemetry.Name) ?? new Meter(ServerTelemetry.Name);
        _duration = meter.CreateHistogram(
            "rpc.server.call.duration",
            "s",
            "Duration of calls, from the headers of the request to the status.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = RpcConventions.DurationBounds });
        _active = meter.CreateUpDownCounter<long>("rollcall.grpc.server.active_calls", "{call}", "Calls that have not ended.");
        _sent = meter.CreateCounter<long>("rollcall.grpc.server.messages.sent", "{message}", "Messages written to response streams.");
        _received = meter.CreateCounter<long>("rollcall.grpc.server.messages.received", "{message}", "Messages read from request streams.");
    }

    public bool IsEnabled => _duration.Enabled || _active.Enabled || _sent.Enabled || _received.Enabled;

    public void Started(in TagList tags) => _active.Add(1, tags);

    public void Ended(in TagList tags) => _active.Add(-1, tags);

    public void Sent(in TagList tags) => _sent.Add(1, tags);

    public void Received(in TagList tags) => _received.Add(1, tags);

    public void Duration(TimeSpan duration, in TagList tags) => _duration.Record(duration.TotalSeconds, tags);
}
