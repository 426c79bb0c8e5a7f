using System.Collections.Immutable;
using Rollcall.Discovery.Balancing.Localities;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>A level of a roster, parted by health at one moment. Immutable.</summary>
internal sealed class HealthSplit
{
    /// <param name="health">Of each member.</param>
    /// <param name="inPanic">Too few are healthy.</param>
    public HealthSplit(LevelHealth health, bool inPanic)
    {
        Health = health;
        var total = Members.Count;

        // Where nothing is left, what is ejected comes first; then a refused connection may be over by now, so all are tried rather than none.
        var ejectedToo = health.Ejected > 0 && (inPanic || health.Healthy == 0);
        InPanic = ejectedToo;
        Open = health.Cooling == total || health.Healthy == total ? Members
            : Members.Where(i => health.Standings[i] == EndpointStanding.Picked || (ejectedToo && health.Standings[i] == EndpointStanding.Ejected));
        LeftOut = Open.Count == total ? EndpointPart.Empty : Members.Where(i => !IsOpen(i));
    }

    public LevelHealth Health { get; }

    /// <summary>Ejected members are picked too, because too few others are healthy.</summary>
    public bool InPanic { get; }

    /// <summary>What is picked from.</summary>
    public EndpointPart Open { get; }

    /// <summary>What is left out: only a call that has tried everything else goes there.</summary>
    public EndpointPart LeftOut { get; }

    private EndpointPart Members => Health.Level.Members;

    /// <summary>Whether a member belongs to <see cref="Open"/>.</summary>
    public bool IsOpen(int member) =>
        Open.Count == Members.Count
        || Health.Standings[member] == EndpointStanding.Picked
        || (InPanic && Health.Standings[member] == EndpointStanding.Ejected);
}
