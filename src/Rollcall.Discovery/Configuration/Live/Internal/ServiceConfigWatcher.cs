using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Configuration.Live.Internal;

/// <summary>
/// Owns the watch of one service's config: a loop for each source, which starts it again when it fails. What they read is put together to one state
/// under a lock; anybody reads it.
/// </summary>
internal sealed partial class ServiceConfigWatcher : IAsyncDisposable
{
    private readonly ImmutableArray<IServiceConfigSource> _sources;
    private readonly FailedWatches _failed;
    private readonly ImmutableArray<OutageLog> _outages;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Coalesced _notify;
    private readonly Lock _lock = new();
    private ImmutableArray<(ServiceConfigWatch Share, Action<ServiceConfigState> Callback)> _callbacks = [];
    private ImmutableDictionary<ServiceConfigWatch, ServiceConfigRefusal> _refusals = ImmutableDictionary<ServiceConfigWatch, ServiceConfigRefusal>.Empty;
    private Task _running = Task.CompletedTask;
    private volatile ServiceConfigState _state;

    // Guarded by _lock.
    private ImmutableArray<SourceReading> _readings;
    private bool _started;
    private bool _stopped;

    public ServiceConfigWatcher(ServiceConfigQuery query, ImmutableArray<IServiceConfigSource> sources, FailedWatches failed, ImmutableArray<OutageLog> outages, TimeProvider time, ILogger logger)
    {
        Query = query;
        _sources = sources;
        _failed = failed;
        _outages = outages;
        _time = time;
        _logger = logger;
        _notify = new Coalesced(Notify);
        _readings = [.. sources.Select(source => new SourceReading(source.Describe(query)))];
        _state = Combine(query, _readings);
    }

    public ServiceConfigQuery Query { get; }

    public ServiceConfigState State => _state;

    /// <summary>The state, with the first refusal of a caller when the source has none.</summary>
    public ServiceConfigState Summary => _state is { Refused: null } state
        ? state with { Refused = _refusals.Values.MinBy(static refusal => refusal.Since) }
        : _state;

    /// <summary>How many share it. Guarded by the directory's lock.</summary>
    public int Shares { get; set; }

    /// <summary>Starts the loops unless they run already.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_started || _stopped)
            {
                return;
            }

            _started = true;

            // The loops outlive the call that happened to be the first, and must not carry that call's trace and locals along.
            using (ExecutionContext.SuppressFlow())
            {
                _running = Task.WhenAll(Enumerable.Range(0, _sources.Length).Select(index => Task.Run(() => RunAsync(index))));
            }
        }
    }

    /// <summary>Ends the loops and their open requests; the task ends when they have. Safe to call twice.</summary>
    public async Task StopAsync()
    {
        Task running;
        bool first;
        lock (_lock)
        {
            first = !_stopped;
            _stopped = true;
            running = _running;
        }

        if (first)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        await running.ConfigureAwait(false);
        _stop.Dispose();
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    public void Add(ServiceConfigWatch share, Action<ServiceConfigState> callback) =>
        ImmutableInterlocked.Update(ref _callbacks, static (all, one) => all.Add(one), (share, callback));

    public void Remove(ServiceConfigWatch share)
    {
        ImmutableInterlocked.Update(ref _callbacks, static (all, gone) => all.RemoveAll(one => one.Share == gone), share);
        ImmutableInterlocked.TryRemove(ref _refusals, share, out _);
    }

    /// <summary>One caller does not take the config in force; null: it does.</summary>
    public void Refuse(ServiceConfigWatch share, ServiceConfigRefusal? refusal)
    {
        if (refusal is null)
        {
            ImmutableInterlocked.TryRemove(ref _refusals, share, out _);
            return;
        }

        var known = _refusals.Values.Any(other => other.Origin == refusal.Origin && other.Fault == refusal.Fault);
        ImmutableInterlocked.AddOrUpdate(ref _refusals, share, refusal, (_, _) => refusal);
        if (!known)
        {
            Log.ConfigRefusedByCaller(_logger, Query.Service, refusal.Origin, Shortened(refusal.Fault));
        }
    }

    private async Task RunAsync(int index)
    {
        var stop = _stop.Token;
        var failed = _failed.Enter();
        var told = _outages[index].Enter();
        while (!stop.IsCancellationRequested)
        {
            Exception? error = null;
            try
            {
                await foreach (var text in _sources[index].WatchAsync(Query, stop).WithCancellation(stop).ConfigureAwait(false))
                {
                    Take(index, told, reading => reading.With(text, _time.GetUtcNow()));
                    failed.Succeed();
                }
            }
#pragma warning disable CA1031 // Whatever a source throws, the loop goes on: that is its job.
            catch (Exception e)
#pragma warning restore CA1031
            {
                error = e;
            }

            if (!stop.IsCancellationRequested)
            {
                Take(index, told, reading => reading.With(error, _time.GetUtcNow()));
                failed.Fail();
                await failed.WaitAsync(_readings[index].Failure?.Attempts ?? 1, stop).ConfigureAwait(false);
            }
        }

        failed.End();
        told.End();
    }

    private void Take(int index, OutageLog.Member told, Func<SourceReading, SourceReading> change)
    {
        SourceReading before;
        SourceReading after;
        ServiceConfigState old;
        ServiceConfigState state;
        lock (_lock)
        {
            before = _readings[index];
            after = change(before);
            if (ReferenceEquals(before, after))
            {
                return;
            }

            old = _state;
            _readings = _readings.SetItem(index, after);
            state = Combine(Query, _readings);
            _state = state;
        }

        Tell(_sources[index], told, before, after, old, state);
        if (!ReferenceEquals(old.Config, state.Config) || old.Refused != state.Refused || old.IsSettled != state.IsSettled)
        {
            _notify.Run();
        }
    }

    private static ServiceConfigState Combine(ServiceConfigQuery query, ImmutableArray<SourceReading> readings)
    {
        var inForce = readings.FirstOrDefault(static reading => reading.Config is not null);
        return new ServiceConfigState(query)
        {
            Config = inForce?.Config,
            Origin = inForce?.Origin,
            Refused = readings.FirstOrDefault(static reading => reading.Refused is not null)?.Refused,
            Failure = readings.FirstOrDefault(static reading => reading.Failure is not null)?.Failure,
            IsRead = readings.All(static reading => reading.IsRead),
            IsSettled = readings.All(static reading => reading.IsRead || reading.Failure is not null),
        };
    }

    private void Notify()
    {
        foreach (var (_, callback) in _callbacks)
        {
            try
            {
                callback(_state);
            }
#pragma warning disable CA1031 // A subscriber's fault must not end the watch for the others.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.ConfigNotTaken(_logger, e, Query.Service);
            }
        }
    }
}
