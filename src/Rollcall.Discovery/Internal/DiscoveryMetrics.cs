using System.Diagnostics.Metrics;
using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Internal;

/// <summary>The package's instruments, on the meter <c>Rollcall.Discovery</c>.</summary>
internal sealed class DiscoveryMetrics : IDisposable
{
    private const string Service = "rollcall.service";
    private readonly Meter _meter;
    private readonly Counter<long> _picks;
    private readonly Counter<long> _restarts;
    private readonly Counter<long> _retries;

    public DiscoveryMetrics(IMeterFactory factory, Func<IEnumerable<Measurement<double>>> snapshotAges)
    {
        _meter = factory.Create("Rollcall.Discovery");
        _picks = _meter.CreateCounter<long>("rollcall.discovery.picks", "{pick}", "Endpoints picked for calls, by result.");
        _restarts = _meter.CreateCounter<long>("rollcall.discovery.watch.restarts", "{restart}", "Watches started again after a failure.");
        _retries = _meter.CreateCounter<long>("rollcall.discovery.retries", "{attempt}", "Attempts that were followed by another one, by why.");
        _meter.CreateObservableGauge(
            "rollcall.discovery.snapshot.age", snapshotAges, "s", "Time since the source vouched for the list in use; 0 while it does.");
    }

    public void Picked(string service, bool found)
    {
        if (_picks.Enabled)
        {
            _picks.Add(1, new(Service, service), new("rollcall.result", found ? "picked" : "none"));
        }
    }

    public void Retried(string service, AttemptFate fate)
    {
        if (_retries.Enabled)
        {
            _retries.Add(1, new(Service, service), new("rollcall.attempt.fate", Name(fate)));
        }
    }

    public void WatchRestarted(string service) => _restarts.Add(1, new KeyValuePair<string, object?>(Service, service));

    public void Dispose() => _meter.Dispose();

    private static string Name(AttemptFate fate) => fate switch
    {
        AttemptFate.Moved => "moved",
        AttemptFate.Retried => "retried",
        _ => "hedged",
    };
}
