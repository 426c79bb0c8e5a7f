using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Internal;

/// <summary>What observers of events are told.</summary>
internal sealed partial class ServiceWatcher
{
    private void Announce(EndpointSnapshot? old, EndpointSnapshot snapshot)
    {
        var events = _settings.Events;
        if (!events.IsObserved)
        {
            return;
        }

        if (old?.Freshness != snapshot.Freshness)
        {
            events.Publish(new FreshnessChanged(events.Now, Query, old?.Freshness, snapshot.Freshness, snapshot.Reason));
        }

        if (old?.Endpoints != snapshot.Endpoints)
        {
            var (added, removed, updated) = EndpointSet.Difference(old?.Endpoints ?? [], snapshot.Endpoints);
            events.Publish(new SnapshotChanged(events.Now, Query, snapshot, added, removed, updated));
        }
    }

    private void Announce(SourceFailure failure)
    {
        var events = _settings.Events;
        if (events.IsObserved)
        {
            events.Publish(new WatchFailed(events.Now, Query, failure));
        }
    }
}
