using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal.Snapshots;

namespace Rollcall.Discovery.Internal;

/// <summary>What all watchers of a directory have in common. Without a store, no list is kept for the next start.</summary>
internal sealed record WatchSettings(
    FailedWatches Failed,
    OutageLog Outages,
    TimeSpan CollapseHold,
    TimeSpan UnchangedPause,
    TimeProvider TimeProvider,
    Random Random,
    DiscoveryMetrics? Metrics,
    DiscoveryEvents Events,
    SnapshotStore? Store,
    Action<EndpointSnapshot>? Changed);
