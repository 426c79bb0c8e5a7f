using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Internal;

/// <summary>What observers of events are told of the list.</summary>
internal abstract partial class EndpointFeed
{
    protected DiscoveryEvents Events { get; } = events;

    private void Announce(EndpointSnapshot? old, EndpointSnapshot snapshot)
    {
        if (!Events.IsObserved)
        {
            return;
        }

        if (old?.Freshness != snapshot.Freshness)
        {
            Events.Publish(new FreshnessChanged(Events.Now, Query, old?.Freshness, snapshot.Freshness, snapshot.Reason));
        }

        if (old?.Endpoints != snapshot.Endpoints)
        {
            var (added, removed, updated) = EndpointSet.Difference(old?.Endpoints ?? [], snapshot.Endpoints);
            Events.Publish(new SnapshotChanged(Events.Now, Query, snapshot, added, removed, updated));
        }
    }
}
