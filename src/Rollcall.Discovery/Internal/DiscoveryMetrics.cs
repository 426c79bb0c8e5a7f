using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Internal;

/// <summary>
/// The package's instruments, on the meter <c>Rollcall.Discovery</c> of a factory, for all directories that have it: a container's meter keeps what
/// was made of it until the end, so that a set for each directory would outlive it, and measure what another one measures, too. Thread-safe.
/// </summary>
internal sealed class DiscoveryMetrics
{
    private const string Service = "rollcall.service";
    private const string Instance = "rollcall.endpoint.id";
    private const string State = "rollcall.endpoint.state";
    private const string Result = "rollcall.result";
    private const string Fate = "rollcall.attempt.fate";

    // Lazy, because a table may make more than one value for a key, and instruments that are made stay.
    private static readonly ConditionalWeakTable<IMeterFactory, Lazy<DiscoveryMetrics>> s_ofFactories = [];

    // Weak, because a directory without a watch may be dropped without being disposed. Only the keys matter.
    private readonly ConditionalWeakTable<EndpointDirectory, DiscoveryMetrics> _directories = [];
    private readonly InstanceNames _instances = new();
    private readonly Counter<long> _picks;
    private readonly Counter<long> _ejections;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _restarts;

    private DiscoveryMetrics(IMeterFactory factory)
    {
        var meter = factory.Create("Rollcall.Discovery");
        _picks = meter.CreateCounter<long>("rollcall.discovery.picks", "{pick}", "Instances picked for calls, and picks that found none.");
        _ejections = meter.CreateCounter<long>("rollcall.discovery.ejections", "{ejection}", "Instances left out for a while because of how their calls went.");
        _retries = meter.CreateCounter<long>("rollcall.discovery.retries", "{attempt}", "Attempts that were followed by another one, by why.");
        _restarts = meter.CreateCounter<long>("rollcall.discovery.watch.restarts", "{restart}", "Watches started again after a failure.");
        meter.CreateObservableUpDownCounter("rollcall.discovery.in_flight", InFlight, "{call}", "Calls that have not ended, by instance.");
        meter.CreateObservableUpDownCounter("rollcall.discovery.in_flight.limit", InFlightLimit, "{call}", "Calls that may be in flight, by instance, where there is a limit.");
        meter.CreateObservableUpDownCounter("rollcall.discovery.endpoints", Endpoints, "{endpoint}", "Instances listed, by what callers make of them.");
        meter.CreateObservableGauge("rollcall.discovery.snapshot.age", SnapshotAges, "s", "Time since the source vouched for the list in use; 0 while it does.");
    }

    /// <summary>The instruments of a factory.</summary>
    public static DiscoveryMetrics Of(IMeterFactory factory) =>
        s_ofFactories.GetValue(factory, static f => new Lazy<DiscoveryMetrics>(() => new DiscoveryMetrics(f))).Value;

    /// <summary>Whether anybody counts ejections.</summary>
    public bool CountsEjections => _ejections.Enabled;

    public void Picked(string service, Endpoint endpoint)
    {
        if (_picks.Enabled)
        {
            _picks.Add(1, new(Service, service), new(Result, "picked"), new(Instance, _instances.Of(service, endpoint.Id)));
        }
    }

    public void PickedNone(string service)
    {
        if (_picks.Enabled)
        {
            _picks.Add(1, new(Service, service), new(Result, "none"));
        }
    }

    public void LeftOut(string service, Endpoint endpoint, EndpointStanding standing)
    {
        if (_ejections.Enabled)
        {
            _ejections.Add(1, new(Service, service), new(State, Name(standing)), new(Instance, _instances.Of(service, endpoint.Id)));
        }
    }

    public void Retried(string service, AttemptFate fate)
    {
        if (_retries.Enabled)
        {
            _retries.Add(1, new(Service, service), new(Fate, Name(fate)));
        }
    }

    public void WatchRestarted(string service) => _restarts.Add(1, new KeyValuePair<string, object?>(Service, service));

    /// <summary>From here on a directory counts where something is read only when somebody asks.</summary>
    public void Add(EndpointDirectory directory) => _directories.Add(directory, this);

    public void Remove(EndpointDirectory directory) => _directories.Remove(directory);

    private static string Name(AttemptFate fate) => fate switch
    {
        AttemptFate.Moved => "moved",
        AttemptFate.Retried => "retried",
        _ => "hedged",
    };

    private static string Name(EndpointStanding standing) => standing switch
    {
        EndpointStanding.Picked => "picked",
        EndpointStanding.Warming => "warming",
        EndpointStanding.Full => "full",
        EndpointStanding.StandBy => "stand_by",
        EndpointStanding.Ejected => "ejected",
        EndpointStanding.CoolingDown => "cooling_down",
        _ => "outside_subset",
    };

    /// <summary>An endpoint has one state here: where callers differ, that of the one who thinks least of it.</summary>
    private static int Severity(EndpointStanding standing) => standing switch
    {
        EndpointStanding.Picked => 0,
        EndpointStanding.Warming => 1,
        EndpointStanding.Full => 2,
        EndpointStanding.StandBy => 3,
        EndpointStanding.OutsideSubset => 4,
        EndpointStanding.CoolingDown => 5,
        _ => 6,
    };

    private IEnumerable<Measurement<long>> InFlight() => SumByInstance(static endpoint => endpoint.InFlight);

    private IEnumerable<Measurement<long>> InFlightLimit() => SumByInstance(static endpoint => endpoint.InFlightLimit);

    private IEnumerable<DirectoryDescription> Describe() => _directories.Select(static entry => entry.Key.Describe());

    /// <summary>Over the callers of a service.</summary>
    private IEnumerable<Measurement<long>> SumByInstance(Func<EndpointDescription, int?> number) =>
        from directory in Describe()
        from service in directory.Services
        from caller in service.Callers
        from endpoint in caller.Endpoints
        let one = number(endpoint)
        where one is not null
        group (long)one.Value by (Service: service.Query.Name, Instance: _instances.Of(service.Query.Name, endpoint.Endpoint.Id)) into calls
        select new Measurement<long>(calls.Sum(), new(Service, calls.Key.Service), new(Instance, calls.Key.Instance));

    private IEnumerable<Measurement<long>> Endpoints() =>
        from directory in Describe()
        from service in directory.Services
        from caller in service.Callers
        from endpoint in caller.Endpoints
        group endpoint.Standing by (Service: service.Query.Name, endpoint.Endpoint) into standings
        group standings.MaxBy(Severity) by standings.Key.Service into endpoints
        from state in endpoints.GroupBy(static standing => standing)
        select new Measurement<long>(state.Count(), new(Service, endpoints.Key), new(State, Name(state.Key)));

    /// <summary>Of several queries of a service the oldest list counts. A list that the running watch vouches for has no age, however long ago it last changed.</summary>
    private IEnumerable<Measurement<double>> SnapshotAges() =>
        from directory in Describe()
        from service in directory.Services
        where service.Snapshot is not null
        let age = service.Snapshot!.Freshness == SnapshotFreshness.Fresh ? TimeSpan.Zero : directory.Time - service.Snapshot.ConfirmedAt
        group age.TotalSeconds by service.Query.Name into ages
        select new Measurement<double>(ages.Max(), new KeyValuePair<string, object?>(Service, ages.Key));
}
