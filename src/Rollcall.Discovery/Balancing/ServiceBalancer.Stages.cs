using System.Runtime.ExceptionServices;
using Rollcall.Discovery.Balancing.Ejection;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>When and how the pickers are replaced.</summary>
public sealed partial class ServiceBalancer
{
    // For how long an endpoint that left may yet be lent by a thread that was held up in the middle of a pick.
    private const int SecondsRemembered = 10;

    // A pool that is free takes a refresh up in far less.
    private static readonly TimeSpan s_longestQueued = TimeSpan.FromMilliseconds(100);

    private readonly UnreachableCooldown _cooldown;
    private readonly OutlierDetector _detector;
    private readonly PickerSetBuilder _builder;
    private readonly Coalesced _refresh;
    private readonly Pulse _rebuilt = new();

    // A policy of the user's own threw, and nothing else was built since.
    private volatile bool _isFaulted;

    // How many rebuilds have begun. Written by the one rebuild that runs only.
    private long _rebuilds;

    // The last rebuild, if it threw and there have never been any pickers. Written by the one rebuild that runs only.
    private volatile FailedRebuild? _failed;

    // Goes up with every change of an endpoint's health that the pickers have to follow.
    private int _healthVersion;

    // Since when a refresh waits for a thread of the pool, as a timestamp; 0: none does.
    private long _refreshQueuedAt;

    // For what is over by time alone. Made at first need, and touched by the one rebuild that runs and by the end only.
    private ITimer? _timer;

    // What tells this balancer from others where a subset is chosen. Drawn at first need, and touched by the one rebuild that runs only.
    private ulong? _client;
    private volatile bool _disposed;

    /// <summary>
    /// Up to which length of the list pickers are made where a call ends, so that the next pick knows of it: it takes a millisecond or two. Those of longer
    /// lists can take a hundred times as long, and a call that has ended waits for none of that while the thread pool has a thread for it. A simulation, whose clock stands still meanwhile, sets more.
    /// </summary>
    internal int LongestBuiltAtEnds { get; init; } = 64;

    void ICallObserver.OnCompleted(Endpoint endpoint, EndpointState state, in CallOutcome outcome)
    {
        if (Volatile.Read(ref _settings).Options.AdaptiveLimit is not null)
        {
            // The call itself has just been taken out of the count.
            state.AdaptiveLimit?.OnCompleted(outcome, state.InFlight + 1);
        }

        var changed = outcome.Result switch
        {
            CallResult.Unreachable => ReportUnreachable(state.Health),
            CallResult.Success or CallResult.Failure => _cooldown.Clear(state.Health, outcome.Latency),
            _ => false,
        };
        if (_detector.OnCompleted(state.Health, outcome, out var startsInterval) is { } ejection)
        {
            Announce(ejection);
            changed = true;
        }

        if (changed)
        {
            Interlocked.Increment(ref _healthVersion);
        }

        var isAsked = changed || startsInterval;
        if (TakeOverdueRefresh() || (isAsked && !(Volatile.Read(ref _pickers)?.Roster.Listed.Length > LongestBuiltAtEnds)))
        {
            Refresh();
        }
        else if (isAsked)
        {
            RefreshSoon();
        }

        // There is room again.
        Volatile.Read(ref _waiting)?.Serve();
    }

    void ICallObserver.OnPolicyFailed(Exception error) => Log.PolicyFailedAtEnd(_watch.Directory.Logger, error, Policy.Name, _watch.Query);

    private bool ReportUnreachable(EndpointHealth health)
    {
        var options = Volatile.Read(ref _settings).Options;
        return _cooldown.Report(health, options.UnreachableCooldown, options.MaxUnreachableCooldown);
    }

    /// <summary>On a thread of the pool. However often it is asked for, one refresh waits at most.</summary>
    private void RefreshSoon()
    {
        if (Interlocked.CompareExchange(ref _refreshQueuedAt, Math.Max(1, _time.GetTimestamp()), 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static balancer =>
                {
                    // Before it looks at anything, so that nothing that changes from now on is missed.
                    Interlocked.Exchange(ref balancer._refreshQueuedAt, 0);
                    balancer.Refresh();
                },
                this,
                preferLocal: false);
        }
    }

    /// <summary>
    /// Whether a refresh has waited so long that the pool must be busy, and calls go meanwhile to what has failed: whoever is told so does it. That is one, and
    /// the one that waits comes on top.
    /// </summary>
    private bool TakeOverdueRefresh()
    {
        var since = Volatile.Read(ref _refreshQueuedAt);
        return since != 0 && _time.GetElapsedTime(since) > s_longestQueued && Interlocked.CompareExchange(ref _refreshQueuedAt, 0, since) == since;
    }

    /// <summary>Rebuilds where nobody is there to hear of a policy that throws: the pickers stay, and it is asked again.</summary>
    private void Refresh()
    {
        try
        {
            _refresh.Run();
        }
#pragma warning disable CA1031 // A user's policy may throw anything, which must end neither a call nor, by the timer, the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!_isFaulted)
            {
                _isFaulted = true;
                Log.PolicyFailed(_watch.Directory.Logger, e, Policy.Name, _watch.Query);

                // Calls that wait for pickers of a new list are told that there are none.
                _rebuilt.Beat();
            }
        }
    }

    /// <summary>Brings the pickers up to date with the list, the health of its endpoints and the settings. Only <see cref="_refresh"/> runs it.</summary>
    private void Rebuild()
    {
        // With a full fence: what a call changed, or saw, before it read a lower number is seen from here on.
        var number = Interlocked.Increment(ref _rebuilds);
        try
        {
            MakePickers();
        }
        catch (Exception e) when (_pickers is null)
        {
            // Calls that found it running wait for what comes of it. Those that came before it began fail with this; the others ask once more.
            _failed = new FailedRebuild(number, ExceptionDispatchInfo.Capture(e));
            _rebuilt.Beat();
            throw;
        }
    }

    private void MakePickers()
    {
        if (_disposed || _watch.Current is not { } snapshot)
        {
            return;
        }

        var old = _pickers;
        var settings = Volatile.Read(ref _settings);
        var now = _time.GetTimestamp();
        var roster = old?.Roster;
        if (roster is null || !roster.IsFor(snapshot.Endpoints, settings.Options))
        {
            var forgotten = now - (SecondsRemembered * _time.TimestampFrequency);
            roster = Roster.Create(snapshot, settings.Options, old?.Roster, ClientOf(settings.Options), now, forgotten);
            _detector.Follow(roster);
        }

        var healthVersion = JudgeHealth(now);
        var next = old;
        if (old is null || old.Roster != roster || old.HealthVersion != healthVersion || !ReferenceEquals(old.Policy, settings.PickerPolicy) || now >= old.Expiry)
        {
            try
            {
                next = _builder.Build(roster, settings.PickerPolicy, healthVersion, old, now);
            }
            catch when (old is not null)
            {
                SetTimer(now + _time.TimestampFrequency, now);
                throw;
            }

            _isFaulted = false;
            _failed = null;
            Volatile.Write(ref _pickers, next);
            _rebuilt.Beat();
            Volatile.Read(ref _waiting)?.Serve();
            AnnounceCooldowns(old, next);
        }

        SetTimer(Math.Min(next!.Expiry, _detector.NextInterval), now);
    }

    private ulong ClientOf(ServiceBalancerOptions options) =>
        options.Subset.Size == 0 ? 0 : _client ??= (ulong)options.Random.NextInt64();

    /// <summary>Applies what is due by time.</summary>
    /// <returns>The version of health that the pickers have to follow.</returns>
    private int JudgeHealth(long now)
    {
        var changed = false;
        foreach (var endpoint in _detector.Readmit(now))
        {
            AnnounceEnd(endpoint);
            changed = true;
        }

        foreach (var ejection in _detector.Judge(now))
        {
            Announce(ejection);
            changed = true;
        }

        return changed ? Interlocked.Increment(ref _healthVersion) : Volatile.Read(ref _healthVersion);
    }

    private void SetTimer(long due, long now)
    {
        // A timer that runs already finds nothing to do, once.
        if (due != long.MaxValue)
        {
            SetTimer(ref _timer, static balancer => ((ServiceBalancer)balancer!).Refresh(), due - now);
        }
    }

    private void SetTimer(ref ITimer? timer, TimerCallback callback, long timestamps)
    {
        var wait = _time.ToWait(timestamps);
        if (timer is not null)
        {
            timer.Change(wait, Timeout.InfiniteTimeSpan);
            return;
        }

        // No execution context: the timer outlives the call that happened to need it first.
        using (ExecutionContext.SuppressFlow())
        {
            Volatile.Write(ref timer, _time.CreateTimer(callback, this, wait, Timeout.InfiniteTimeSpan));
        }

        if (_disposed)
        {
            StopTimers();
        }
    }

    private void StopTimers()
    {
        _disposed = true;
        Volatile.Read(ref _timer)?.Dispose();
        Volatile.Read(ref _riseTimer)?.Dispose();
    }

    /// <summary>A rebuild that made no pickers when there were none.</summary>
    /// <param name="Rebuild">Its number.</param>
    /// <param name="Error">What it threw.</param>
    private sealed record FailedRebuild(long Rebuild, ExceptionDispatchInfo Error);
}
