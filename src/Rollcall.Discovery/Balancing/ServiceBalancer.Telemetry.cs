using Rollcall.Discovery.Balancing.Ejection;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Balancing;

/// <summary>What metrics and observers of events are told.</summary>
public sealed partial class ServiceBalancer
{
    private volatile ServiceConfigBinding? _config;

    // Instances that fail in turn are told of as often as a person can read.
    private static readonly TimeSpan s_logPause = TimeSpan.FromSeconds(10);

    // Timestamps from when on the next of its kind is told at its own level; 0: at once.
    private long _ejectionTold;
    private long _readmissionTold;

    private long _moved;
    private long _retried;
    private long _hedged;

    private RetryCounts Retries => new(Volatile.Read(ref _moved), Volatile.Read(ref _retried), Volatile.Read(ref _hedged));

    /// <summary>
    /// Counts for <see cref="Describe"/>, and tells metrics and observers of events that a call goes on with a further attempt: for whoever makes attempts. Next to free while nobody listens.
    /// </summary>
    /// <param name="endpoint">Where the last attempt went.</param>
    /// <param name="fate">Why there is another one.</param>
    public void ReportRetry(Endpoint endpoint, AttemptFate fate)
    {
        Interlocked.Increment(ref fate == AttemptFate.Moved ? ref _moved : ref fate == AttemptFate.Retried ? ref _retried : ref _hedged);
        _metrics?.Retried(_watch.Query.Name, fate);
        if (_watch.Events.IsObserved)
        {
            _watch.Events.Publish(new CallRetried(_watch.Events.Now, _watch.Query, endpoint, fate));
        }
    }

    /// <summary>From here on descriptions tell of this binding's config. Of several on one balancer the last one counts.</summary>
    internal void Follow(ServiceConfigBinding binding) => _config = binding;

    /// <summary>Tells observers of events that calls go by another service config, or that one was refused.</summary>
    internal void ReportConfig(string origin, string? fault)
    {
        if (_watch.Events.IsObserved)
        {
            _watch.Events.Publish(new ConfigChanged(_watch.Events.Now, _watch.Query, origin, fault));
        }
    }

    private void Announce(EjectionNotice ejection)
    {
        var now = _watch.Events.Now;
        var endpoint = Name(ejection.Endpoint);
        if (IsTurn(ref _ejectionTold))
        {
            Log.Ejected(_watch.Directory.Logger, endpoint, _watch.Query, ejection.Duration, ejection.Reason, s_logPause);
        }
        else
        {
            Log.EjectedToo(_watch.Directory.Logger, endpoint, _watch.Query, ejection.Duration, ejection.Reason);
        }

        AnnounceLeftOut(ejection.Endpoint, EndpointStanding.Ejected, ejection.Reason, Timestamps.After(now, ejection.Duration));
    }

    private void AnnounceEnd(Endpoint ejected)
    {
        if (IsTurn(ref _readmissionTold))
        {
            Log.Readmitted(_watch.Directory.Logger, Name(ejected), _watch.Query);
        }
        else
        {
            Log.ReadmittedToo(_watch.Directory.Logger, Name(ejected), _watch.Query);
        }

        Announce(ejected);
    }

    private static string Name(Endpoint endpoint) => $"{endpoint.Id} ({endpoint.Authority})";

    private bool IsTurn(ref long next)
    {
        var now = _time.GetTimestamp();
        var due = Volatile.Read(ref next);
        return (due == 0 || now >= due) && Interlocked.CompareExchange(ref next, _time.After(now, s_logPause), due) == due;
    }

    private void Announce(Endpoint readmitted)
    {
        if (_watch.Events.IsObserved)
        {
            _watch.Events.Publish(new EndpointReadmitted(_watch.Events.Now, _watch.Query, readmitted));
        }
    }

    /// <summary>
    /// Who began or ended to cool down by a rebuild, which may be a matter of time alone. Costs nothing while nobody listens.
    /// </summary>
    private void AnnounceCooldowns(PickerSet? old, PickerSet next)
    {
        if (old is null || (!_watch.Events.IsObserved && _metrics is not { CountsEjections: true }))
        {
            return;
        }

        var before = BalancerDescriber.Describe(old, old.Policy, _time).Endpoints.ToDictionary(static e => e.Endpoint, static e => e.Standing);
        foreach (var endpoint in BalancerDescriber.Describe(next, next.Policy, _time).Endpoints)
        {
            var wasCooling = before.GetValueOrDefault(endpoint.Endpoint) == EndpointStanding.CoolingDown;
            if (endpoint.Standing == EndpointStanding.CoolingDown && !wasCooling)
            {
                AnnounceLeftOut(endpoint.Endpoint, endpoint.Standing, endpoint.Reason!, endpoint.Until!.Value);
            }
            else if (wasCooling && endpoint.Standing is not (EndpointStanding.CoolingDown or EndpointStanding.Ejected))
            {
                Announce(endpoint.Endpoint);
            }
        }
    }

    private void AnnounceLeftOut(Endpoint endpoint, EndpointStanding standing, string reason, DateTimeOffset until)
    {
        _metrics?.LeftOut(_watch.Query.Name, endpoint, standing);
        if (_watch.Events.IsObserved)
        {
            _watch.Events.Publish(new EndpointEjected(_watch.Events.Now, _watch.Query, endpoint, reason, until));
        }
    }
}
