using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery;

/// <summary>
/// One caller's share in the watch of a query, from <see cref="EndpointDirectory.Watch"/>. The watch ends, and its open request with it,
/// when the last share is disposed. Thread-safe.
/// </summary>
public sealed class EndpointWatch : IAsyncDisposable, IDisposable
{
    private readonly EndpointDirectory _directory;
    private readonly EndpointFeed _feed;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly CancellationToken _ended;
    private int _disposed;

    internal EndpointWatch(EndpointDirectory directory, EndpointFeed feed)
    {
        _directory = directory;
        _feed = feed;
        _ended = _lifetime.Token;
    }

    /// <summary>What is watched.</summary>
    public ServiceQuery Query => _feed.Query;

    /// <summary>The source's name, for messages.</summary>
    public string SourceName => _feed.SourceName;

    /// <summary>The newest snapshot; null until the source has answered once.</summary>
    public EndpointSnapshot? Current => _feed.State.Snapshot;

    /// <summary>What keeps the source from being read at the moment; null when it answers, or has not been asked yet.</summary>
    public SourceFailure? Failure => _feed.State.Failure;

    internal TimeProvider TimeProvider => _directory.TimeProvider;

    internal EndpointDirectory Directory => _directory;

    internal DiscoveryMetrics? Metrics => _directory.Metrics;

    internal DiscoveryEvents Events => _directory.Events;

    internal WatchState State => _feed.State;

    /// <summary>Waits for the first snapshot, for as long as it takes: while the source can't be reached it is asked again and again.</summary>
    /// <param name="cancellationToken">Ends the wait only.</param>
    /// <exception cref="ObjectDisposedException">The watch or its directory was disposed.</exception>
    public async ValueTask<EndpointSnapshot> FirstAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var state = _feed.State;
            if (state.Snapshot is { } snapshot)
            {
                return snapshot;
            }

            await WaitForNextAsync(state, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Calls back when the endpoints or the freshness changed: one call at a time, in order, on the watch's own loop, so it must be quick.
    /// It is not called for the snapshot that is there already: register, then read <see cref="Current"/>.
    /// </summary>
    /// <returns>Ends the calls when disposed; one that is running may still finish.</returns>
    public IDisposable OnChange(Action<EndpointSnapshot> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        var registration = new ChangeRegistration(_feed, this, callback);
        _feed.Add(registration);
        if (Volatile.Read(ref _disposed) != 0)
        {
            registration.Dispose();
        }

        return registration;
    }

    /// <summary>Waits until the state that the caller has seen is replaced.</summary>
    /// <exception cref="ObjectDisposedException">The watch or its directory was disposed.</exception>
    internal async ValueTask WaitForNextAsync(WatchState seen, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_ended.IsCancellationRequested, this);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended);
        try
        {
            await seen.Replaced.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ObjectDisposedException(nameof(EndpointWatch), "The watch was disposed while a caller waited for an instance.");
        }
        if (_feed.HasEnded && ReferenceEquals(_feed.State, seen))
        {
            throw new ObjectDisposedException(nameof(EndpointDirectory), "The directory was disposed while a caller waited for an instance.");
        }
    }

    /// <summary>Gives the share back without waiting for the loop to end. Safe to call twice.</summary>
    public void Dispose()
    {
        if (!Close())
        {
            return;
        }

        _directory.Release(_feed);
    }

    /// <summary>Gives the share back; for the last share, returns when the open request has ended. Not to be awaited inside a change callback.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Close())
        {
            return;
        }

        await _directory.Release(_feed).ConfigureAwait(false);
    }

    private bool Close()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return false;
        }

        _lifetime.Cancel();
        _lifetime.Dispose();
        _feed.RemoveAll(this);
        return true;
    }
}
