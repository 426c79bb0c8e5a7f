using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal.Snapshots;

namespace Rollcall.Discovery.Internal;

/// <summary>What all watchers of a directory have in common. Without a store, no list is kept for the next start.</summary>
internal sealed record WatchSettings(
    TimeSpan MinBackoff,
    TimeSpan MaxBackoff,
    TimeSpan CollapseHold,
    TimeSpan UnchangedPause,
    TimeProvider TimeProvider,
    Random Random,
    DiscoveryMetrics? Metrics,
    DiscoveryEvents Events,
    SnapshotStore? Store,
    Action<EndpointSnapshot>? Changed)
{
    public FailedWatches Failed { get; } = new();

    /// <summary>
    /// The wait after so many failures in a row: doubles up to the cap, which is the higher the more watches have failed; then a random half of it is
    /// taken off.
    /// </summary>
    public TimeSpan Backoff(int failures)
    {
        var longest = MaxBackoff.TotalMilliseconds * Failed.Factor;
        var ceiling = Math.Min(longest, MinBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30)));
        return TimeSpan.FromMilliseconds(ceiling * (0.5 + (Random.NextDouble() / 2)));
    }
}
