using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Internal;

/// <summary>What observers of events are told of the source.</summary>
internal sealed partial class SourceFeed
{
    private void Announce(SourceFailure failure)
    {
        if (Events.IsObserved)
        {
            Events.Publish(new WatchFailed(Events.Now, Query, failure));
        }
    }
}
