using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Configuration.Live.Internal;
using Rollcall.Discovery.Internal;
using Rollcall.Logs;

namespace Rollcall.Discovery.Configuration.Live;

/// <summary>
/// The configs of services, followed while they change: one watch of each source for each distinct query, shared by everybody who asks for it.
/// Thread-safe. Make one and keep it as long as the process calls services.
/// </summary>
public sealed class ServiceConfigDirectory : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan s_longestPauseOfMany = TimeSpan.FromSeconds(30);

    private readonly ImmutableArray<IServiceConfigSource> _sources;
    private readonly TimeProvider _time;
    private readonly FailedWatches _failed;

    // Of each source.
    private readonly ImmutableArray<OutageLog> _outages;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();

    // All guarded by _lock.
    private readonly Dictionary<ServiceConfigQuery, ServiceConfigWatcher> _watchers = [];
    private readonly HashSet<ServiceConfigWatcher> _ending = [];
    private bool _disposed;

    /// <param name="sources">Where configs are kept, in order of precedence: the first that has one for a service wins. Not disposed by the directory.</param>
    /// <param name="timeProvider">Null: the system's.</param>
    /// <param name="loggerFactory">Null: no log.</param>
    /// <param name="random">Jitter of the wait before a source that failed is asked again; thread-safe. Null: <see cref="Random.Shared"/>.</param>
    public ServiceConfigDirectory(
        IEnumerable<IServiceConfigSource> sources, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null, Random? random = null)
    {
        ArgumentNullException.ThrowIfNull(sources);
        _sources = [.. sources];
        _time = timeProvider ?? TimeProvider.System;
        _failed = new FailedWatches(s_shortestPause, s_longestPause, s_longestPauseOfMany, _time, random ?? Random.Shared);
        _outages = [.. _sources.Select(_ => new OutageLog(_time))];
        _logger = new SteadyLoggerFactory(loggerFactory).CreateLogger("Rollcall.Discovery");
    }

    /// <summary>
    /// What is known of every config that is watched. One that a caller does not take, since it contradicts the caller's own options, is refused in it
    /// as well as in force for the others.
    /// </summary>
    public IReadOnlyList<ServiceConfigState> States
    {
        get
        {
            lock (_lock)
            {
                return [.. _watchers.Values.Select(static watcher => watcher.Summary)];
            }
        }
    }

    /// <summary>A share in the watch of a config, which starts with its first share and ends with its last.</summary>
    /// <returns>Dispose it when the service is not called any more.</returns>
    /// <exception cref="ObjectDisposedException">The directory was disposed.</exception>
    public ServiceConfigWatch Watch(ServiceConfigQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ServiceConfigWatcher? watcher;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_watchers.TryGetValue(query, out watcher))
            {
                watcher = new ServiceConfigWatcher(query, _sources, _failed, _outages, _time, _logger);
                _watchers.Add(query, watcher);
            }

            watcher.Shares++;
        }

        watcher.Start();
        return new ServiceConfigWatch(this, watcher);
    }

    /// <summary>Ends all watches, also those that are still shared, and returns when their requests have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        ServiceConfigWatcher[] open;
        lock (_lock)
        {
            _disposed = true;
            open = [.. _watchers.Values, .. _ending];
            _watchers.Clear();
        }

        await Task.WhenAll(open.Select(static watcher => watcher.StopAsync())).ConfigureAwait(false);
    }

    /// <summary>Ends all watches as <see cref="DisposeAsync"/> does, and does not wait for their requests to end: for containers that are disposed without await.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    /// <summary>Takes one share back. The task ends when the watch has ended, or at once while others share it.</summary>
    internal async Task ReleaseAsync(ServiceConfigWatcher watcher)
    {
        lock (_lock)
        {
            if (--watcher.Shares > 0)
            {
                return;
            }

            if (_watchers.TryGetValue(watcher.Query, out var current) && current == watcher)
            {
                _watchers.Remove(watcher.Query);
            }

            _ending.Add(watcher);
        }

        await watcher.StopAsync().ConfigureAwait(false);
        lock (_lock)
        {
            _ending.Remove(watcher);
        }
    }
}
