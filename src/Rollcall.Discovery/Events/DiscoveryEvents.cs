using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Events.Internal;

namespace Rollcall.Discovery.Events;

/// <summary>
/// What happens in an <see cref="EndpointDirectory"/> and to the calls made through it, as it happens: for dashboards and tests. Thread-safe.
/// </summary>
/// <remarks>
/// Every subscriber has a queue of its own with room for <see cref="Capacity"/> events. One that is slower than the events loses the oldest
/// of them and is told how many (<see cref="EventsMissed"/>): the calls never wait for it. Without subscribers nothing is made.
/// </remarks>
public sealed class DiscoveryEvents : IObservable<DiscoveryEvent>
{
    /// <summary>How many events wait for a subscriber at most.</summary>
    public const int Capacity = 1024;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private ImmutableArray<EventQueue> _queues = [];
    private volatile bool _completed;

    internal DiscoveryEvents(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
    }

    /// <summary>Whether an event is worth making.</summary>
    internal bool IsObserved => !_queues.IsEmpty;

    internal int Subscribers => _queues.Length;

    internal DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>
    /// Calls an observer for each event from now on, one at a time, in order, on a thread of the pool. When the directory is disposed it is
    /// told that no more come. What it throws is logged, and it goes on with the next event.
    /// </summary>
    /// <returns>Ends the calls when disposed; one that is running may still finish.</returns>
    public IDisposable Subscribe(IObserver<DiscoveryEvent> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var queue = Open();
        var subscription = new EventSubscription(queue, observer, _logger, () => Close(queue));
        subscription.Start();
        return subscription;
    }

    /// <summary>The events from the first read on, until the directory is disposed.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<DiscoveryEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var queue = Open();
        try
        {
            await foreach (var e in queue.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return e;
            }
        }
        finally
        {
            Close(queue);
        }
    }

    /// <summary>Gives an event to all subscribers. Ask <see cref="IsObserved"/> before making one.</summary>
    internal void Publish(DiscoveryEvent e)
    {
        foreach (var queue in _queues)
        {
            queue.Add(e);
        }
    }

    /// <summary>No more events come.</summary>
    internal void Complete()
    {
        _completed = true;
        foreach (var queue in _queues)
        {
            queue.Complete();
        }
    }

    private EventQueue Open()
    {
        var queue = new EventQueue();
        ImmutableInterlocked.Update(ref _queues, static (all, one) => all.Add(one), queue);
        if (_completed)
        {
            // Complete may have passed by before this one was in the list.
            queue.Complete();
        }

        return queue;
    }

    private void Close(EventQueue queue) => ImmutableInterlocked.Update(ref _queues, static (all, one) => all.Remove(one), queue);
}
