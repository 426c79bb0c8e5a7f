using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Rollcall.Discovery.Events.Internal;

/// <summary>What waits for one subscriber. Any number write, one reads.</summary>
internal sealed class EventQueue
{
    private readonly Channel<DiscoveryEvent> _events;
    private long _missed;

    public EventQueue() => _events = Channel.CreateBounded<DiscoveryEvent>(
        new BoundedChannelOptions(DiscoveryEvents.Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        _ => Interlocked.Increment(ref _missed));

    public void Add(DiscoveryEvent e) => _events.Writer.TryWrite(e);

    public void Complete() => _events.Writer.TryComplete();

    public async IAsyncEnumerable<DiscoveryEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var e in _events.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            // The oldest are dropped, so whatever is missing came before this one.
            var missed = Interlocked.Exchange(ref _missed, 0);
            if (missed > 0)
            {
                yield return new EventsMissed(e.Time, missed);
            }

            yield return e;
        }
    }
}
