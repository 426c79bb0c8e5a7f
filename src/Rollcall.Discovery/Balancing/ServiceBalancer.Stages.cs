using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Balancing;

/// <summary>When and how the pickers are replaced.</summary>
public sealed partial class ServiceBalancer
{
    private readonly UnreachableCooldown _cooldown;
    private readonly PickerSetBuilder _builder;
    private readonly Coalesced _refresh;
    private readonly Pulse _rebuilt = new();

    // Goes up with every change of an endpoint's health that the pickers have to follow.
    private int _healthVersion;

    // For what is over by time alone. Made at first need, and touched by the one rebuild that runs and by the end only.
    private ITimer? _timer;
    private volatile bool _disposed;

    void ICallObserver.OnCompleted(Endpoint endpoint, EndpointState state, in CallOutcome outcome)
    {
        var changed = outcome.Result switch
        {
            CallResult.Unreachable => ReportUnreachable(state.Health),
            CallResult.Success or CallResult.Failure => _cooldown.Clear(state.Health, outcome.Latency),
            _ => false,
        };
        if (changed)
        {
            RefreshHealth();
        }
    }

    private bool ReportUnreachable(EndpointHealth health)
    {
        var options = Volatile.Read(ref _settings).Options;
        return _cooldown.Report(health, options.UnreachableCooldown, options.MaxUnreachableCooldown);
    }

    private void RefreshHealth()
    {
        Interlocked.Increment(ref _healthVersion);
        _refresh.Run();
    }

    /// <summary>Brings the pickers up to date with the list, the health of its endpoints and the settings. Only <see cref="_refresh"/> runs it.</summary>
    private void Rebuild()
    {
        if (_watch.Current is not { } snapshot)
        {
            return;
        }

        var old = _pickers;
        var settings = Volatile.Read(ref _settings);
        var healthVersion = Volatile.Read(ref _healthVersion);
        var now = _time.GetTimestamp();
        var sameRoster = old is not null && old.Roster.IsFor(snapshot.Endpoints, settings.Options);
        if (!sameRoster || old!.HealthVersion != healthVersion || !ReferenceEquals(old.Policy, settings.Policy) || now >= old.Expiry)
        {
            var roster = sameRoster ? old!.Roster : Roster.Create(snapshot.Endpoints, settings.Options, old?.Roster, now);
            var next = _builder.Build(roster, settings.Policy, healthVersion, old, now);
            Volatile.Write(ref _pickers, next);
            SetTimer(next.Expiry, now);
            _rebuilt.Beat();
        }
    }

    private void SetTimer(long due, long now)
    {
        if (due == long.MaxValue)
        {
            // A timer that runs already finds nothing to do, once.
            return;
        }

        // Timers count whole milliseconds: rounded up, or it would fire too early and again and again.
        var wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(_time.ToTimeSpan(due - now).TotalMilliseconds)));
        if (_timer is { } timer)
        {
            timer.Change(wait, Timeout.InfiniteTimeSpan);
            return;
        }

        // No execution context: the timer outlives the call that happened to need it first.
        using (ExecutionContext.SuppressFlow())
        {
            Volatile.Write(ref _timer, _time.CreateTimer(static balancer => ((ServiceBalancer)balancer!)._refresh.Run(), this, wait, Timeout.InfiniteTimeSpan));
        }

        if (_disposed)
        {
            StopTimer();
        }
    }

    private void StopTimer()
    {
        _disposed = true;
        Volatile.Read(ref _timer)?.Dispose();
    }
}
