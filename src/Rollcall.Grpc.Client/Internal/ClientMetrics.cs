using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The package's instruments, on the meter <c>Rollcall.Grpc.Client</c>. Thread-safe.</summary>
internal sealed class ClientMetrics
{
    private static readonly Lazy<ClientMetrics> s_ofProcess = new(static () => new ClientMetrics(new Meter(ClientTelemetry.Name)));

    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;

    private ClientMetrics(Meter meter)
    {
        _duration = meter.CreateHistogram(
            "rpc.client.call.duration",
            "s",
            "Duration of calls, with all attempts.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = RpcConventions.DurationBounds });
        _active = meter.CreateUpDownCounter<long>("rollcall.grpc.client.active_calls", "{call}", "Calls that have not ended.");
        _attempts = meter.CreateCounter<long>("rollcall.grpc.client.attempts", "{attempt}", "Attempts that have ended, by what followed.");
        _sent = meter.CreateCounter<long>("rollcall.grpc.client.messages.sent", "{message}", "Messages written to request streams.");
        _received = meter.CreateCounter<long>("rollcall.grpc.client.messages.received", "{message}", "Messages read from response streams.");
    }

    public bool IsEnabled => _duration.Enabled || _active.Enabled || _attempts.Enabled || _sent.Enabled || _received.Enabled;

    /// <param name="factory">Null: a meter that all channels of the process share.</param>
    public static ClientMetrics Create(IMeterFactory? factory) =>
        factory is null ? s_ofProcess.Value : new ClientMetrics(factory.Create(ClientTelemetry.Name));

    public void Started(in TagList tags) => _active.Add(1, tags);

    public void Ended(in TagList tags) => _active.Add(-1, tags);

    public void AttemptEnded(in TagList tags) => _attempts.Add(1, tags);

    public void Sent(in TagList tags) => _sent.Add(1, tags);

    public void Received(in TagList tags) => _received.Add(1, tags);

    public void Duration(TimeSpan duration, in TagList tags) => _duration.Record(duration.TotalSeconds, tags);
}
