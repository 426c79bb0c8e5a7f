using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery;

/// <summary>
/// The instances of services, by query: one watch for each distinct query, shared by everybody who asks for it. Thread-safe. Make one
/// for a source and keep it as long as the process calls services.
/// </summary>
public sealed class EndpointDirectory : IAsyncDisposable
{
    private readonly IEndpointSource _source;
    private readonly WatchSettings _settings;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();

    // All guarded by _lock.
    private readonly Dictionary<ServiceQuery, ServiceWatcher> _watchers = [];
    private readonly HashSet<ServiceWatcher> _ending = [];
    private bool _disposed;

    /// <param name="source">Where lists come from. Not disposed by the directory.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="timeProvider">Null: the system's.</param>
    /// <param name="loggerFactory">Null: no log.</param>
    /// <param name="random">Jitter of the backoff; must be thread-safe. Null: <see cref="Random.Shared"/>.</param>
    /// <param name="meterFactory">Null: no metrics.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public EndpointDirectory(
        IEndpointSource source,
        EndpointDirectoryOptions? options = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        Random? random = null,
        IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new EndpointDirectoryOptions();
        options.Validate();
        _source = source;
        TimeProvider = timeProvider ?? TimeProvider.System;
        Metrics = meterFactory is null ? null : new DiscoveryMetrics(meterFactory, SnapshotAges);
        _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Rollcall.Discovery");
        Events = new DiscoveryEvents(TimeProvider, _logger);
        _settings = new WatchSettings(
            options.MinBackoff, options.MaxBackoff, options.CollapseHold, options.UnchangedPause, TimeProvider, random ?? Random.Shared, Metrics, Events);
    }

    /// <summary>The source's name, for messages.</summary>
    public string SourceName => _source.Name;

    /// <summary>What happens to the lists, and to the calls of the balancers on them.</summary>
    public DiscoveryEvents Events { get; }

    internal TimeProvider TimeProvider { get; }

    internal DiscoveryMetrics? Metrics { get; }

    /// <summary>A share in the watch of a query, which starts with its first share and ends with its last.</summary>
    /// <returns>Dispose it when the service is not called any more.</returns>
    /// <exception cref="ObjectDisposedException">The directory was disposed.</exception>
    public EndpointWatch Watch(ServiceQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ServiceWatcher? watcher;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_watchers.TryGetValue(query, out watcher))
            {
                watcher = new ServiceWatcher(_source, query, _settings, _logger);
                _watchers.Add(query, watcher);
            }
            watcher.Shares++;
        }
        watcher.Start();
        return new EndpointWatch(this, watcher);
    }

    /// <summary>Ends all watches, also those that are still shared, and returns when their requests have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        ServiceWatcher[] open;
        lock (_lock)
        {
            _disposed = true;
            open = [.. _watchers.Values, .. _ending];
            _watchers.Clear();
        }
        await Task.WhenAll(open.Select(static w => w.StopAsync())).ConfigureAwait(false);
        Events.Complete();
        Metrics?.Dispose();
    }

    /// <summary>Takes one share back. The task ends when the watch has ended, or at once while others share it.</summary>
    internal Task Release(ServiceWatcher watcher)
    {
        lock (_lock)
        {
            if (--watcher.Shares > 0)
            {
                return Task.CompletedTask;
            }

            if (_watchers.TryGetValue(watcher.Query, out var current) && ReferenceEquals(current, watcher))
            {
                _watchers.Remove(watcher.Query);
            }

            _ending.Add(watcher);
        }
        return EndAsync(watcher);
    }

    private async Task EndAsync(ServiceWatcher watcher)
    {
        await watcher.StopAsync().ConfigureAwait(false);
        lock (_lock)
        {
            _ending.Remove(watcher);
        }
    }

    private IEnumerable<Measurement<double>> SnapshotAges()
    {
        ServiceWatcher[] open;
        lock (_lock)
        {
            open = [.. _watchers.Values];
        }

        var now = TimeProvider.GetUtcNow();
        foreach (var watcher in open)
        {
            if (watcher.State.Snapshot is { } snapshot)
            {
                // A list that the running watch vouches for has no age, however long ago it last changed.
                var age = snapshot.Freshness == SnapshotFreshness.Fresh ? 0 : (now - snapshot.ConfirmedAt).TotalSeconds;
                yield return new Measurement<double>(age, new KeyValuePair<string, object?>("rollcall.service", watcher.Query.Name));
            }
        }
    }
}
