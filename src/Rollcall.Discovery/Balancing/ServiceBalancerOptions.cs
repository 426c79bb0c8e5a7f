using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Balancing.Ejection;
using Rollcall.Discovery.Balancing.Limits;
using Rollcall.Discovery.Balancing.Localities;
using Rollcall.Discovery.Balancing.SlowStart;
using Rollcall.Discovery.Balancing.Subsetting;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// Settings of a <see cref="ServiceBalancer"/>. Read once, by its constructor or by <see cref="ServiceBalancer.Apply"/>: later changes of the
/// object have no effect.
/// </summary>
public sealed class ServiceBalancerOptions
{
    /// <summary>
    /// How long an endpoint that refused a connection is left out while others are left; doubles with each further refusal. It keeps a
    /// killed instance from costing every nth call a failed attempt until its check fails.
    /// </summary>
    /// <value>Default 1 second. Zero: never left out.</value>
    public TimeSpan UnreachableCooldown { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such time.</summary>
    /// <value>Default 10 seconds. At least <see cref="UnreachableCooldown"/>.</value>
    public TimeSpan MaxUnreachableCooldown { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Which part of a very large service the caller uses.</summary>
    /// <value>Default: all of it.</value>
    public SubsetOptions Subset { get; set; } = new();

    /// <summary>Where the caller is, so that calls stay near while enough near endpoints are healthy.</summary>
    /// <value>Default: the datacenters of the query in their order, if it has several.</value>
    public LocalityOptions Locality { get; set; } = new();

    /// <summary>
    /// When fewer than this share of a group's endpoints are healthy, ejected ones are picked too: the judgement may be wrong, and the rest would
    /// break down under the load of all. Endpoints that refuse connections stay out while others are left: no load can be put on them.
    /// </summary>
    /// <value>Default 50, in percent. From 0 to 100; 0: never.</value>
    public int PanicThreshold { get; set; } = 50;

    /// <summary>When endpoints are left out because their calls go worse than those of the others.</summary>
    /// <value>Default: after 5 failed calls in a row, if the others do better.</value>
    public OutlierEjectionOptions OutlierEjection { get; set; } = new();

    /// <summary>Which calls go to instances on trial. Null: no instance is on trial.</summary>
    /// <value>Default null.</value>
    public CanaryRule? Canary { get; set; }

    /// <summary>How endpoints that are new come to their whole share of calls.</summary>
    /// <value>Default: at once.</value>
    public SlowStartOptions SlowStart { get; set; } = new();

    /// <summary>
    /// How many calls an endpoint may have in flight from this balancer, whatever their connections: picks skip one that has as many, and go
    /// to those further away (<see cref="Locality"/>) when all that are nearer have. When all have, a call fails at once
    /// (<see cref="NoEndpointReason.AllFull"/>), or waits if it asked to.
    /// </summary>
    /// <value>Default 0: as many as come. From 0.</value>
    public int MaxInFlight { get; set; }

    /// <summary>
    /// Lets each endpoint have a limit of its own for calls in flight, which follows the latency of its calls. With <see cref="MaxInFlight"/> the lower
    /// of the two holds. Null: none.
    /// </summary>
    /// <value>Default null.</value>
    public AdaptiveLimitOptions? AdaptiveLimit { get; set; }

    /// <summary>Where choices by chance come from; must be thread-safe.</summary>
    /// <value>Default <see cref="System.Random.Shared"/>.</value>
    public Random Random { get; set; } = Random.Shared;

    /// <summary>What identifies a call to policies that hash. Null: nothing, unless the policy says so itself; then they pick at random.</summary>
    public HashKeySource? HashKey { get; set; }

    /// <summary>A copy: changes of the one don't show in the other.</summary>
    public ServiceBalancerOptions Copy()
    {
        var copy = (ServiceBalancerOptions)MemberwiseClone();
        copy.Subset = Subset?.Copy()!;
        copy.Locality = Locality?.Copy()!;
        copy.OutlierEjection = OutlierEjection?.Copy()!;
        copy.SlowStart = SlowStart?.Copy()!;
        copy.AdaptiveLimit = AdaptiveLimit?.Copy();
        return copy;
    }

    /// <exception cref="ArgumentException">Something is out of its range; the message names all of it.</exception>
    internal ServiceBalancerOptions CopyValidated(string parameter)
    {
        var copy = Copy();
        var faults = new OptionFaults();
        copy.Check(faults);
        OptionFaults.ThrowIfAny(faults.All, "balancer", parameter);
        return copy;
    }

    internal void Check(OptionFaults faults)
    {
        faults.AtLeast(UnreachableCooldown, TimeSpan.Zero, nameof(UnreachableCooldown));
        faults.AtLeast(MaxUnreachableCooldown, UnreachableCooldown, nameof(MaxUnreachableCooldown));
        faults.Require(Subset is not null, $"{nameof(Subset)} is null");
        Subset?.Check(faults, nameof(Subset));
        faults.Require(Locality is not null, $"{nameof(Locality)} is null");
        Locality?.Check(faults, nameof(Locality));
        faults.Between(PanicThreshold, 0, 100, nameof(PanicThreshold));
        faults.Require(OutlierEjection is not null, $"{nameof(OutlierEjection)} is null");
        OutlierEjection?.Check(faults, nameof(OutlierEjection));
        Canary?.Check(faults, nameof(Canary));
        faults.Require(SlowStart is not null, $"{nameof(SlowStart)} is null");
        SlowStart?.Check(faults, nameof(SlowStart));
        faults.AtLeast(MaxInFlight, 0, nameof(MaxInFlight));
        AdaptiveLimit?.Check(faults, nameof(AdaptiveLimit));
        faults.Require(Random is not null, $"{nameof(Random)} is null");
    }
}
