using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal;
using Rollcall.Discovery.Internal.Snapshots;
using Rollcall.Discovery.Sequences;
using Rollcall.Discovery.Sequences.Internal;
using Rollcall.Logs;

namespace Rollcall.Discovery;

/// <summary>
/// The instances of services, by query: one watch for each distinct question to the source, shared by everybody who asks for it; what queries
/// select beyond that (<see cref="ServiceQuery.Select"/>) is taken from the same watch. Thread-safe. Make one
/// for a source and keep it as long as the process calls services.
/// </summary>
public sealed class EndpointDirectory : IAsyncDisposable, IDisposable
{
    private readonly IEndpointSource _source;
    private readonly WatchSettings _settings;
    private readonly ILogger _logger;
    private readonly SnapshotWriter? _snapshots;
    private readonly Lock _lock = new();

    // All guarded by _lock.
    private readonly Dictionary<ServiceQuery, EndpointFeed> _feeds = [];
    private readonly HashSet<EndpointFeed> _ending = [];
    private readonly HashSet<ServiceBalancer> _balancers = [];
    private bool _disposed;

    /// <param name="source">Where lists come from. Not disposed by the directory.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="timeProvider">Null: the system's.</param>
    /// <param name="loggerFactory">Null: no log.</param>
    /// <param name="random">Jitter of the backoff; must be thread-safe. Null: <see cref="Random.Shared"/>.</param>
    /// <param name="meterFactory">Null: no metrics.</param>
    /// <param name="sequences">For <see cref="SharedRoundRobinPolicy"/>. Not disposed by the directory. Null: callers share no sequence.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public EndpointDirectory(
        IEndpointSource source,
        EndpointDirectoryOptions? options = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        Random? random = null,
        IMeterFactory? meterFactory = null,
        ISequenceSource? sequences = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new EndpointDirectoryOptions();
        OptionFaults.ThrowIfAny(options.Validate(), "directory", nameof(options));
        _source = source;
        TimeProvider = timeProvider ?? TimeProvider.System;
        Metrics = meterFactory is null ? null : DiscoveryMetrics.Of(meterFactory);
        _logger = new SteadyLoggerFactory(loggerFactory).CreateLogger("Rollcall.Discovery");
        Events = new DiscoveryEvents(TimeProvider, _logger);
        var store = options.SnapshotDirectory is { } path
            ? new SnapshotStore(path, options.MaxSnapshotAge, source.Name, TimeProvider, _logger)
            : null;
        _snapshots = store is null ? null : new SnapshotWriter(store, Current, options.MaxSnapshotAge, TimeProvider);
        _settings = new WatchSettings(
            FailedWatches.Of(options, TimeProvider, random ?? Random.Shared),
            new OutageLog(TimeProvider),
            options.CollapseHold,
            options.UnchangedPause,
            TimeProvider,
            random ?? Random.Shared,
            Metrics,
            Events,
            store,
            _snapshots is null ? null : _snapshots.Offer);
        Sequences = sequences is null ? null : new SharedSequences(sequences, _settings, _logger);
        Metrics?.Add(this);
    }

    /// <summary>The source's name, for messages.</summary>
    public string SourceName => _source.Name;

    /// <summary>What happens to the lists, and to the calls of the balancers on them.</summary>
    public DiscoveryEvents Events { get; }

    internal TimeProvider TimeProvider { get; }

    internal ILogger Logger => _logger;

    internal DiscoveryMetrics? Metrics { get; }

    internal SharedSequences? Sequences { get; }

    /// <summary>A share in the watch of a query, which starts with its first share and ends with its last.</summary>
    /// <returns>Dispose it when the service is not called any more.</returns>
    /// <exception cref="ObjectDisposedException">The directory was disposed.</exception>
    public EndpointWatch Watch(ServiceQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        EndpointFeed feed;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            feed = ShareLocked(query);
        }
        feed.Start();
        return new EndpointWatch(this, feed);
    }

    /// <summary>What is known at this moment, and what callers make of it.</summary>
    public DirectoryDescription Describe()
    {
        EndpointFeed[] feeds;
        ILookup<ServiceQuery, ServiceBalancer> balancers;
        lock (_lock)
        {
            feeds = [.. _feeds.Values];
            balancers = _balancers.ToLookup(static b => b.Watch.Query);
        }

        var services =
            from feed in feeds
            orderby feed.Query.Name
            let state = feed.State
            select new ServiceDescription(
                feed.Query, state.Snapshot, state.Failure, [.. balancers[feed.Query].Select(static b => b.Describe())])
            {
                Restarts = feed.Restarts,
                LastFailure = feed.LastFailure,
            };
        return new DirectoryDescription(TimeProvider.GetUtcNow(), SourceName, [.. services]);
    }

    /// <summary>Ends all watches, also those that are still shared, and returns when their requests have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_snapshots is not null)
        {
            await _snapshots.DisposeAsync().ConfigureAwait(false);
        }

        EndpointFeed[] open;
        lock (_lock)
        {
            _disposed = true;
            open = [.. _feeds.Values, .. _ending];
            _feeds.Clear();
        }
        await Task.WhenAll(open.Select(static feed => feed.StopAsync())).ConfigureAwait(false);
        if (Sequences is not null)
        {
            await Sequences.DisposeAsync().ConfigureAwait(false);
        }

        Events.Complete();
        Metrics?.Remove(this);
    }

    /// <summary>
    /// Ends all watches as <see cref="DisposeAsync"/> does, and waits neither for their requests to end nor for lists to be stored: for containers that are
    /// disposed without await.
    /// </summary>
    public void Dispose()
    {
        EndpointFeed[] open;
        lock (_lock)
        {
            _disposed = true;
            open = [.. _feeds.Values, .. _ending];
        }

        // All are told to end before this returns: what they ask may be disposed next.
        foreach (var feed in open)
        {
            _ = feed.StopAsync();
        }

        _ = DisposeAsync().AsTask();
    }

    internal void Add(ServiceBalancer balancer)
    {
        lock (_lock)
        {
            _balancers.Add(balancer);
        }
    }

    internal void Remove(ServiceBalancer balancer)
    {
        lock (_lock)
        {
            _balancers.Remove(balancer);
        }
    }

    /// <summary>Takes one share back. The task ends when what it was the last share of has ended.</summary>
    internal Task Release(EndpointFeed feed)
    {
        var ended = new List<EndpointFeed>();
        lock (_lock)
        {
            ReleaseLocked(feed, ended);
        }
        return Task.WhenAll(ended.Select(EndAsync));
    }

    /// <summary>What the source gave for each question, as it is now.</summary>
    private EndpointSnapshot[] Current()
    {
        lock (_lock)
        {
            return [.. _feeds.Values.OfType<SourceFeed>().Select(static watcher => watcher.State.Snapshot).OfType<EndpointSnapshot>()];
        }
    }

    private EndpointFeed ShareLocked(ServiceQuery query)
    {
        if (!_feeds.TryGetValue(query, out var feed))
        {
            var asked = query.SourceQueries;
            feed = asked is [var only] && only.Equals(query)
                ? new SourceFeed(_source, query, _settings, _logger)
                : new DerivedFeed(query, [.. asked.Select(ShareLocked).Cast<SourceFeed>()], SourceName, Events, _logger);
            _feeds.Add(query, feed);
        }

        feed.Shares++;
        return feed;
    }

    private void ReleaseLocked(EndpointFeed feed, List<EndpointFeed> ended)
    {
        if (--feed.Shares > 0)
        {
            return;
        }

        if (_feeds.TryGetValue(feed.Query, out var current) && ReferenceEquals(current, feed))
        {
            _feeds.Remove(feed.Query);
        }

        _ending.Add(feed);
        ended.Add(feed);
        if (feed is DerivedFeed derived)
        {
            foreach (var part in derived.Parts)
            {
                ReleaseLocked(part, ended);
            }
        }
    }

    private async Task EndAsync(EndpointFeed feed)
    {
        if (feed is SourceFeed { State.Snapshot: { } last })
        {
            // Vouched for until now.
            _snapshots?.Offer(last);
        }

        await feed.StopAsync().ConfigureAwait(false);
        lock (_lock)
        {
            _ending.Remove(feed);
        }
    }
}
