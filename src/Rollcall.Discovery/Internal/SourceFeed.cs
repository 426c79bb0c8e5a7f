using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Internal;

/// <summary>
/// What the source says to one query: owns the watch, starts it again when it fails, and publishes states. One loop writes; anybody reads.
/// </summary>
internal sealed partial class SourceFeed : EndpointFeed, IAsyncDisposable
{
    /// <summary>A source that is well answers a first question in much less.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly IEndpointSource _source;
    private readonly WatchSettings _settings;
    private readonly CollapseGuard _guard;
    private readonly CancellationTokenSource _stop = new();
    private int _started;
    private int _stopped;

    // Written by the loop, read by anybody.
    private long _restarts;
    private volatile SourceFailure? _lastFailure;

    // Touched by the loop only, as is the guard.
    private bool _lookedOnDisk;
    private bool _isFromDisk;
    private readonly FailedWatches.Member _failed;
    private readonly OutageLog.Member _told;

    public SourceFeed(IEndpointSource source, ServiceQuery query, WatchSettings settings, ILogger logger)
        : base(query, source.Name, settings.Events, logger)
    {
        _source = source;
        _settings = settings;
        _failed = settings.Failed.Enter();
        _told = settings.Outages.Enter();
        _guard = new CollapseGuard(settings.CollapseHold, settings.TimeProvider);
    }

    public override long Restarts => Volatile.Read(ref _restarts);

    public override SourceFailure? LastFailure => _lastFailure;

    private bool MayStartFromDisk => _settings.Store is not null && !_lookedOnDisk && State.Snapshot is null;

    private ImmutableArray<Endpoint> Served => State.Snapshot?.Endpoints ?? [];

    public override void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            return;
        }

        // Unsafe means without the execution context: the loop outlives the call that happened to be the first, and must not carry that
        // call's trace and locals along.
        ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.RunAsync(), this, preferLocal: false);
    }

    /// <summary>Ends the loop and its open request; the task ends when both have.</summary>
    public override async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            if (Interlocked.Exchange(ref _started, 1) == 0)
            {
                _told.End();
                End();
            }

            await _stop.CancelAsync().ConfigureAwait(false);
            await Ended.ConfigureAwait(false);
            _stop.Dispose();
        }
        await Ended.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    private async Task RunAsync()
    {
        var stop = _stop.Token;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                Exception? error = null;
                try
                {
                    await FollowAsync(stop).ConfigureAwait(false);
                }
#pragma warning disable CA1031 // Whatever a source throws, the loop goes on: that is its job.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    if (stop.IsCancellationRequested)
                    {
                        return;
                    }

                    error = e;
                }
                var failures = Fail(error);
                await _failed.WaitAsync(failures, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            _failed.End();
            _told.End();
            End();
        }
    }

    /// <summary>One run of the source's watch.</summary>
    private async Task FollowAsync(CancellationToken stop)
    {
        var updates = _source.WatchAsync(Query, stop).GetAsyncEnumerator(stop);
        await using (updates.ConfigureAwait(false))
        {
            while (true)
            {
                var next = updates.MoveNextAsync().AsTask();

                // In an outage the list stays as long as that lasts; the next answer decides.
                if (_guard.Holding && State.Failure is null && await RunsOutFirstAsync(next, _guard.Remaining, stop).ConfigureAwait(false))
                {
                    Release();
                }
                else if (MayStartFromDisk && await RunsOutFirstAsync(next, s_patience, stop).ConfigureAwait(false))
                {
                    StartFromDisk();
                }

                if (!await next.ConfigureAwait(false))
                {
                    return;
                }

                if (!Accept(updates.Current))
                {
                    await PauseAsync(_settings.UnchangedPause, stop).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Waits for the next answer or the end of a time, whichever comes first, and says whether it was the latter.</summary>
    private async Task<bool> RunsOutFirstAsync(Task next, TimeSpan time, CancellationToken stop)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var end = Task.Delay(time, _settings.TimeProvider, answered.Token);
        var first = await Task.WhenAny(next, end).ConfigureAwait(false);
        await answered.CancelAsync().ConfigureAwait(false);
        return first == end && !stop.IsCancellationRequested;
    }

    /// <summary>Takes one answer.</summary>
    /// <returns>False when it changed nothing.</returns>
    private bool Accept(EndpointUpdate update)
    {
        var before = State;
        var old = before.Snapshot;
        if (before.Failure is { } failure)
        {
            TellBack(failure);
        }

        _failed.Succeed();
        var suspicion = update.Suspicion;
        var isRestart = before.Failure is not null || _isFromDisk || update.Suspicion is not null;
        var isRewound = old is not null && update.Index < old.Index;
        if (isRewound)
        {
            suspicion = $"the index went backwards from {old!.Index} to {update.Index}: {SourceName} lost its state";
        }
        else if (before.Failure is not null)
        {
            suspicion = $"{SourceName} had just come back from an outage";
        }
        else if (_isFromDisk)
        {
            suspicion = $"{SourceName} was silent when this process started";
        }

        _isFromDisk = false;

        var answer = EndpointSet.Arrange(update.Endpoints, Served, keepOrder: Query.Near is not null);
        var wasHolding = _guard.Holding;
        var verdict = _guard.Judge(answer, update.Doubt, suspicion, isRestart || isRewound);
        var endpoints = EndpointSet.Arrange(verdict.Endpoints, Served, keepOrder: Query.Near is not null);
        if (verdict.Held && !wasHolding)
        {
            Log.Held(Logger, Query, verdict.Doubt!);
        }

        return Publish(new EndpointSnapshot
        {
            Query = Query,
            Endpoints = endpoints,
            Index = update.Index,
            Freshness = verdict.Doubt is null ? SnapshotFreshness.Fresh : SnapshotFreshness.Suspect,
            ConfirmedAt = verdict.Held && old is not null ? VouchedUntil(old) : _settings.TimeProvider.GetUtcNow(),
            Reason = verdict.Doubt,
            Note = update.Note,
        });
    }

    /// <summary>The hold ran out while the source had nothing new to say.</summary>
    private void Release()
    {
        var verdict = _guard.Expire();
        var old = State.Snapshot!;
        Log.HoldEnded(Logger, Query, verdict.Endpoints.Length);
        Publish(new EndpointSnapshot
        {
            Query = Query,
            Endpoints = EndpointSet.Arrange(verdict.Endpoints, old.Endpoints, keepOrder: Query.Near is not null),
            Index = old.Index,
            Freshness = verdict.Doubt is null ? SnapshotFreshness.Fresh : SnapshotFreshness.Suspect,
            ConfirmedAt = verdict.Doubt is null ? _settings.TimeProvider.GetUtcNow() : VouchedUntil(old),
            Reason = verdict.Doubt,
            Note = old.Note,
        });
    }

    /// <summary>The source failed: whatever list there is stays.</summary>
    /// <returns>How many failures there were in a row.</returns>
    private int Fail(Exception? error)
    {
        var before = State;
        var reason = error?.Message ?? "it ended the watch";
        var now = _settings.TimeProvider.GetUtcNow();
        var failure = new SourceFailure(reason, before.Failure?.Since ?? now, (before.Failure?.Attempts ?? 0) + 1, error);
        Tell(failure, before.Snapshot is { } known ? known.Endpoints.Length : 0);
        if (MayStartFromDisk)
        {
            StartFromDisk();
            before = State;
        }

        _failed.Fail();
        Interlocked.Increment(ref _restarts);
        _lastFailure = failure;
        _settings.Metrics?.WatchRestarted(Query.Name);
        Announce(failure);

        var stale = before.Snapshot is not { } old ? null : new EndpointSnapshot
        {
            Query = Query,
            Endpoints = old.Endpoints,
            Index = old.Index,
            Freshness = SnapshotFreshness.Stale,
            ConfirmedAt = VouchedUntil(old),
            Reason = $"{SourceName} can't be read since {failure.Since:HH:mm:ss}Z: {reason}",
            Note = old.Note,
        };
        Publish(new WatchState(stale, failure));
        return failure.Attempts;
    }

    /// <summary>Until when the source vouched for a list: for a fresh one it did until this moment, however long ago it changed.</summary>
    private DateTimeOffset VouchedUntil(EndpointSnapshot list) =>
        list.Freshness == SnapshotFreshness.Fresh ? _settings.TimeProvider.GetUtcNow() : list.ConfirmedAt;

    /// <summary>Takes the list of the last run of the process, if there is one.</summary>
    private void StartFromDisk()
    {
        _lookedOnDisk = true;
        if (_settings.Store!.Load(Query) is not { } kept)
        {
            return;
        }

        Log.StartedFromDisk(Logger, Query, kept.Endpoints.Length, kept.ConfirmedAt, SourceName);
        _guard.Trust(kept.Endpoints);
        _isFromDisk = true;
        var snapshot = new EndpointSnapshot
        {
            Query = Query,
            Endpoints = kept.Endpoints,
            Freshness = SnapshotFreshness.Stale,
            ConfirmedAt = kept.ConfirmedAt,
            Reason = $"{SourceName} does not answer",
            Note = $"it was read from disk, where it had been kept at {kept.ConfirmedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z",
        };
        Publish(new WatchState(snapshot, State.Failure));
    }

    /// <returns>False when neither the endpoints nor the freshness changed.</returns>
    private bool Publish(EndpointSnapshot snapshot)
    {
        if (State.Snapshot is not { } old || old.Endpoints != snapshot.Endpoints)
        {
            Log.Changed(Logger, Query, snapshot.Endpoints.Length, snapshot.Index);
        }

        var changed = Publish(new WatchState(snapshot, null));
        if (changed)
        {
            _settings.Changed?.Invoke(snapshot);
        }

        return changed;
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, _settings.TimeProvider, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
