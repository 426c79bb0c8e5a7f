using System.Threading.Channels;

namespace Rollcall.Discovery.Internal.Snapshots;

/// <summary>
/// Stores lists in the background, so that no watch waits for a disk: those that changed at once but not more often than once a second, and all of
/// them from time to time and at the end, because the age of a list counts from when the source last vouched for it. One loop.
/// </summary>
internal sealed class SnapshotWriter : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRefresh = TimeSpan.FromHours(1);

    private readonly SnapshotStore _store;
    private readonly Func<IEnumerable<EndpointSnapshot>> _current;
    private readonly TimeSpan _refresh;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private int _disposed;

    // Guarded by _lock: the newest list of each query that is to be stored.
    private Dictionary<ServiceQuery, EndpointSnapshot> _pending = [];

    /// <param name="store">Where lists go.</param>
    /// <param name="current">The lists that are watched at a moment.</param>
    /// <param name="maxAge">After which time a stored list is not used any more.</param>
    /// <param name="time">The clock.</param>
    public SnapshotWriter(SnapshotStore store, Func<IEnumerable<EndpointSnapshot>> current, TimeSpan maxAge, TimeProvider time)
    {
        _store = store;
        _current = current;
        _time = time;
        _refresh = maxAge / 4 < s_longestRefresh ? maxAge / 4 : s_longestRefresh;
        using (ExecutionContext.SuppressFlow())
        {
            _loop = Task.Run(RunAsync);
        }
    }

    /// <summary>A list has changed. Only what the source vouches for is stored.</summary>
    public void Offer(EndpointSnapshot snapshot)
    {
        if (snapshot.Freshness != SnapshotFreshness.Fresh)
        {
            return;
        }

        lock (_lock)
        {
            _pending[snapshot.Query] = snapshot;
        }

        _changed.Writer.TryWrite(true);
    }

    /// <summary>Stores the lists of this moment, and ends. Safe to call twice.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _loop.ConfigureAwait(false);
            _stop.Dispose();
        }
    }

    private async Task RunAsync()
    {
        _store.Check();
        _store.Prune();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await WaitAsync().ConfigureAwait(false);
                SavePending();
                await Task.Delay(s_pause, _time, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        OfferCurrent();
        SavePending();
    }

    /// <summary>Until a list has changed, or all are to be stored again.</summary>
    private async Task WaitAsync()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var refresh = Task.Delay(_refresh, _time, over.Token);
        var changed = _changed.Reader.ReadAsync(over.Token).AsTask();
        var first = await Task.WhenAny(changed, refresh).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(changed, refresh).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Token.ThrowIfCancellationRequested();
        if (first == refresh)
        {
            OfferCurrent();
        }
    }

    private void OfferCurrent()
    {
        foreach (var snapshot in _current())
        {
            Offer(snapshot);
        }
    }

    private void SavePending()
    {
        Dictionary<ServiceQuery, EndpointSnapshot> pending;
        lock (_lock)
        {
            (pending, _pending) = (_pending, []);
        }

        foreach (var snapshot in pending.Values)
        {
            _store.Save(snapshot, _time.GetUtcNow());
        }
    }
}
